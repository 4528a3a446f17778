/**
 * Creates a passkey, or signs in with one (WebAuthn level 3). The server makes the options and judges the answer; this only carries both
 * between it and the browser.
 */
export default function passkey(form: HTMLElement): void {
  if (!(form instanceof HTMLFormElement)) return;
  const message = form.querySelector<HTMLElement>("[data-message]");
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  const say = (text: string | undefined): void => {
    if (message === null) return;
    message.textContent = text ?? "";
    message.hidden = text === undefined || text === "";
  };
  form.hidden = false;
  if (!("PublicKeyCredential" in window)) {
    if (button !== null) button.disabled = true;
    if (form.dataset.mode === "create") say(form.dataset.missing);
    else form.hidden = true;
    return;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say(undefined);
    if (button !== null) button.disabled = true;
    run(form)
      .then((fault) => say(fault))
      .catch(() => say(form.dataset.failed))
      .finally(() => {
        if (button !== null) button.disabled = false;
      });
  });
}

async function run(form: HTMLFormElement): Promise<string | undefined> {
  const fields = new FormData(form);
  fields.set("next", form.dataset.next ?? "");
  const asked = await fetch(form.dataset.options ?? "", { method: "POST", body: fields });
  const options = (await asked.json()) as { message?: string; options?: string };
  if (!asked.ok || options.options === undefined) return options.message ?? form.dataset.failed;
  const json = JSON.parse(options.options) as Json;
  const credential =
    form.dataset.mode === "create"
      ? await navigator.credentials.create({ publicKey: creation(json) })
      : await navigator.credentials.get({ publicKey: request(json) });
  if (!(credential instanceof PublicKeyCredential)) return form.dataset.failed;
  fields.set("credential", JSON.stringify(toJson(credential)));
  const done = await fetch(form.dataset.complete ?? "", { method: "POST", body: fields });
  const result = (await done.json()) as { message?: string; go?: string };
  if (!done.ok || result.go === undefined) return result.message ?? form.dataset.failed;
  window.location.assign(result.go);
  return undefined;
}

type Json = Record<string, unknown> & {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials?: { id: string; type: PublicKeyCredentialType }[];
  allowCredentials?: { id: string; type: PublicKeyCredentialType }[];
};

function creation(json: Json): PublicKeyCredentialCreationOptions {
  return {
    ...(json as unknown as PublicKeyCredentialCreationOptions),
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: (json.excludeCredentials ?? []).map((known) => ({ ...known, id: bytes(known.id) })),
  };
}

function request(json: Json): PublicKeyCredentialRequestOptions {
  return {
    ...(json as unknown as PublicKeyCredentialRequestOptions),
    challenge: bytes(json.challenge),
    allowCredentials: (json.allowCredentials ?? []).map((known) => ({ ...known, id: bytes(known.id) })),
  };
}

function toJson(credential: PublicKeyCredential): unknown {
  const answer = credential.response;
  const common = { id: credential.id, rawId: text(credential.rawId), type: credential.type, clientExtensionResults: credential.getClientExtensionResults(), authenticatorAttachment: credential.authenticatorAttachment };
  if (answer instanceof AuthenticatorAttestationResponse) {
    return {
      ...common,
      response: { clientDataJSON: text(answer.clientDataJSON), attestationObject: text(answer.attestationObject), transports: answer.getTransports() },
    };
  }
  const assertion = answer as AuthenticatorAssertionResponse;
  return {
    ...common,
    response: {
      clientDataJSON: text(assertion.clientDataJSON),
      authenticatorData: text(assertion.authenticatorData),
      signature: text(assertion.signature),
      userHandle: assertion.userHandle === null ? null : text(assertion.userHandle),
    },
  };
}

/** Base64url without padding, RFC 4648 §5. */
function bytes(value: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(value.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
