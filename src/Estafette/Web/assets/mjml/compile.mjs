import { withConditions } from "./conditions.mjs";

/**
 * Compiles a source as the visual editor and the gallery do: no fonts from elsewhere, faults of the markup told and not thrown. The compiler is
 * that of mjml-browser, which the visual editor carries and the gallery's script brings.
 */
export function compileWith(compiler, source) {
  const { html, errors } = compiler(withConditions(source), { fonts: {}, validationLevel: "soft", keepComments: false });
  return {
    html: html.replaceAll(/[ \t]+$/gm, "").replaceAll(/\n{2,}/g, "\n").trim() + "\n",
    errors: errors.filter((error) => !error.message.includes("es-if")).map((error) => error.formattedMessage ?? error.message),
  };
}
