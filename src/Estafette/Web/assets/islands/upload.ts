/** Shows how much of a file has gone up, and that it is read then. Without script the form works as well, only silently. */
export default function upload(form: HTMLElement): void {
  if (!(form instanceof HTMLFormElement)) return;
  const bar = form.querySelector("progress");
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  const received = form.querySelector<HTMLElement>("[data-received]");
  const cut = form.querySelector<HTMLElement>("[data-cut]");
  if (bar === null) return;
  const show = (element: HTMLElement | null, visible: boolean) => {
    if (element !== null) element.hidden = !visible;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    const end = () => {
      show(bar, false);
      show(received, false);
      if (button !== null) button.disabled = false;
    };
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (progress) => {
      show(bar, true);
      bar.max = progress.total;
      bar.value = progress.loaded;
    });
    request.upload.addEventListener("load", () => {
      show(received, true);
      bar.removeAttribute("value");
    });
    request.addEventListener("load", () => {
      if (request.status < 400) return window.location.assign(request.responseURL);
      end();
      show(cut, true);
    });
    request.addEventListener("error", () => {
      end();
      show(cut, true);
    });
    show(cut, false);
    if (button !== null) button.disabled = true;
    request.send(new FormData(form));
  });
}
