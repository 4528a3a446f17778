/**
 * A form that saves itself: htmx posts it, this says so, tries again after a failure, and sends what is still unsaved when the page is left. A press of
 * its button waits for the save that is under way: the server could otherwise be done with the older fields last.
 */
export default function autosave(form: HTMLElement): void {
  if (!(form instanceof HTMLFormElement)) return;
  let dirty = false;
  let sending = false;
  let left = false;
  let pressed: HTMLElement | null | undefined;
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
  // Parts of the form fetch their own figures; only its own save counts.
  const own = (event: Event): boolean => event instanceof CustomEvent && event.target === form;
  form.addEventListener("htmx:beforeRequest", (event) => {
    if (!own(event)) return;
    dirty = false;
    sending = true;
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (!own(event)) return;
    sending = false;
    // Later, so that a save which was queued behind this one is waited for as well.
    window.setTimeout(() => {
      if (pressed === undefined || sending) return;
      const button = pressed;
      pressed = undefined;
      form.requestSubmit(button);
    });
  });
  const failed = (event: Event): void => {
    if (!own(event)) return;
    dirty = true;
    say(form.dataset.failed ?? "");
    window.clearTimeout(retry);
    retry = window.setTimeout(() => form.dispatchEvent(new Event("change", { bubbles: true })), 5000);
  };
  form.addEventListener("htmx:sendError", failed);
  form.addEventListener("htmx:responseError", failed);
  form.addEventListener("submit", (event) => {
    if (sending) {
      event.preventDefault();
      pressed = event.submitter;
    } else left = true;
  });
  // The browser cuts a save off that is under way when the page goes.
  window.addEventListener("pagehide", () => {
    if (left || !(dirty || sending) || !form.isConnected) return;
    const headers = { "HX-Request": "true", "HX-Target": "save-state" };
    void fetch(form.action, { method: "POST", body: new FormData(form), headers, keepalive: true });
  });
}
