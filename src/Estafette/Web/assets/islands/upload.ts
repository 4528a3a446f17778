/** Shows how much of a file has gone up. Without script the form works as well, only silently. */
export default function upload(form: HTMLElement): void {
  if (!(form instanceof HTMLFormElement)) return;
  const bar = form.querySelector("progress");
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  if (bar === null) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (progress) => {
      bar.hidden = false;
      bar.max = progress.total;
      bar.value = progress.loaded;
    });
    request.addEventListener("load", () => window.location.assign(request.responseURL));
    request.addEventListener("error", () => {
      bar.hidden = true;
      if (button !== null) button.disabled = false;
    });
    if (button !== null) button.disabled = true;
    request.send(new FormData(form));
  });
}
