import { askText } from "../shell/ask";

/** An image of the media library, as its list gives it. */
export interface Image {
  id: number;
  url: string;
  thumb: string;
  name: string;
  alt: string;
  width: number;
  height: number;
}

/** Lets the person choose an image of the media library, or upload one; null when they leave without. */
export function pickImage(words: Record<string, string>): Promise<Image | null> {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "picker";
    dialog.setAttribute("aria-label", words["pick-image"] ?? "");
    dialog.innerHTML =
      '<form method="dialog" class="picker-bar"><input type="search" class="form-control" /><label class="btn btn-primary"><span></span><input type="file" accept="image/png,image/jpeg,image/gif,image/webp,image/svg+xml" class="visually-hidden" /></label><button class="btn" value="close"></button></form><p role="status" class="picker-state"></p><div class="picker-grid"></div>';
    const search = dialog.querySelector<HTMLInputElement>("input[type=search]")!;
    const file = dialog.querySelector<HTMLInputElement>("input[type=file]")!;
    const state = dialog.querySelector<HTMLElement>(".picker-state")!;
    const grid = dialog.querySelector<HTMLElement>(".picker-grid")!;
    search.placeholder = words["pick-search"] ?? "";
    search.setAttribute("aria-label", words["pick-search"] ?? "");
    dialog.querySelector("label span")!.textContent = words["pick-upload"] ?? "";
    dialog.querySelector("button")!.textContent = words["pick-close"] ?? "";
    let chosen: Image | null = null;
    const choose = (image: Image): void => {
      chosen = image;
      dialog.close();
    };
    const show = async (): Promise<void> => {
      const answer = await fetch(`/media/choices?q=${encodeURIComponent(search.value)}`);
      const images = answer.ok ? ((await answer.json()) as Image[]) : [];
      state.textContent = images.length === 0 ? (words["pick-empty"] ?? "") : "";
      grid.replaceChildren(...images.map((image) => tile(image, () => choose(image))));
    };
    let timer = 0;
    search.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void show(), 250);
    });
    file.addEventListener("change", () => {
      const picked = file.files?.[0];
      if (picked === undefined) return;
      state.textContent = words["pick-uploading"] ?? "";
      void import("../media/upload").then(async ({ uploadImage }) => {
        const alt = await askText({
          title: words["pick-alt"] ?? "",
          help: words["pick-alt-help"] ?? "",
          ok: words["pick-alt-ok"] ?? "",
          cancel: words["pick-cancel"] ?? "",
        }, 300);
        if (alt === null) {
          [file.value, state.textContent] = ["", ""];
          return;
        }
        const result = await uploadImage(picked, alt, "");
        if ("fault" in result) state.textContent = result.fault;
        else choose(result);
      });
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(chosen);
    });
    document.body.append(dialog);
    dialog.showModal();
    void show();
  });
}

function tile(image: Image, choose: () => void): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "picker-tile";
  const picture = document.createElement("img");
  picture.src = image.thumb;
  picture.alt = image.alt;
  picture.loading = "lazy";
  const name = document.createElement("span");
  name.textContent = `${image.name} · ${image.width} × ${image.height}`;
  button.append(picture, name);
  button.addEventListener("click", choose);
  return button;
}
