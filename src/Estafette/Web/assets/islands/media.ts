import { uploadImage } from "../media/upload";

/** The upload form of the media library: makes the picture ready before it goes up, and shows the image that came of it. */
export default function media(form: HTMLElement): void {
  if (!(form instanceof HTMLFormElement)) return;
  const words = JSON.parse(form.dataset.words ?? "{}") as Record<string, string>;
  const state = form.querySelector<HTMLElement>("[data-state]")!;
  form.addEventListener("submit", (event) => {
    const file = form.querySelector<HTMLInputElement>("input[type=file]")?.files?.[0];
    if (file === undefined) return;
    event.preventDefault();
    state.textContent = words.uploading ?? "";
    const value = (name: string): string => (form.elements.namedItem(name) as HTMLInputElement | null)?.value ?? "";
    void uploadImage(file, value("alt"), value("folder"), value("replace"), value("name") || file.name).then((result) => {
      if ("fault" in result) state.textContent = result.fault;
      else window.location.assign(`/media/${result.id}?saved=1`);
    });
  });
}
