/**
 * A form that saves itself: htmx posts it, this says so, tries again after a failure, and sends what is still unsaved when the page is left.
 */
export default function autosave(form: HTMLElement): void {
  if (!(form instanceof HTMLFormElement)) return;
  let dirty = false;
  let retry: number | undefined;
  const say = (text: string): void => {
    const state = document.getElementById("save-state");
    if (state !== null) state.textContent = text;
  };
  const changed = (event: Event): void => {
    if (!(event.target instanceof Element) || event.target.closest("[name]") === null) return;
    dirty = true;
    say(form.dataset.saving ?? "");
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("htmx:beforeRequest", () => (dirty = false));
  const failed = (): void => {
    dirty = true;
    say(form.dataset.failed ?? "");
    window.clearTimeout(retry);
    retry = window.setTimeout(() => form.dispatchEvent(new Event("change", { bubbles: true })), 5000);
  };
  form.addEventListener("htmx:sendError", failed);
  form.addEventListener("htmx:responseError", failed);
  form.addEventListener("submit", () => (dirty = false));
  window.addEventListener("pagehide", () => {
    if (!dirty || !form.isConnected) return;
    const headers = { "HX-Request": "true", "HX-Target": "save-state" };
    void fetch(form.action, { method: "POST", body: new FormData(form), headers, keepalive: true });
  });
}
