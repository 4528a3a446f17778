// The reference of the API: Scalar in its browser build, filled from our own description. Nothing is fetched from elsewhere: no fonts, no proxy, no
// reports of use; the page's policy would refuse them.
import "./node_modules/@scalar/api-reference/dist/browser/standalone.js";

declare const Scalar: { createApiReference(place: string, configuration: object): void };

const place = document.getElementById("reference") as HTMLElement;
Scalar.createApiReference("#reference", {
  url: place.dataset["url"],
  // Calls go where the page came from, whatever the public address is.
  servers: [{ url: location.origin }],
  proxyUrl: "",
  withDefaultFonts: false,
  telemetry: false,
  persistAuth: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  authentication: { preferredSecurityScheme: "key", securitySchemes: { key: { username: "api", password: "" } } },
});
