import type { Image } from "../visual/images";

/**
 * Makes an image ready in the browser: turned as the camera says, at most 1200 pixels wide, without what the camera wrote beside the picture,
 * with a narrow twin of 600 pixels; a drawing (SVG) becomes a picture of points. Animations go up as they are. The server checks all of it again.
 */
const Wide = 1200;
const Narrow = 600;

export async function uploadImage(file: File, alt: string, folder: string, replace = "", name = file.name): Promise<Image | { fault: string }> {
  const form = new FormData();
  form.append("__RequestVerificationToken", token());
  form.append("alt", alt);
  form.append("folder", folder);
  form.append("name", name);
  if (replace !== "") form.append("replace", replace);
  for (const [field, blob] of await variants(file)) form.append(field, blob, file.name);
  const answer = await fetch("/media/upload", { method: "POST", body: form, headers: { Accept: "application/json" } });
  if (answer.ok || answer.status === 422) return (await answer.json()) as Image | { fault: string };
  return { fault: `${answer.status} ${answer.statusText}` };
}

async function variants(file: File): Promise<[string, Blob][]> {
  if (file.type === "image/gif") return [["file", file]];
  const picture = await decode(file);
  if (picture === null) return [["file", file]];
  const lossless = file.type !== "image/jpeg";
  const made: [string, Blob][] = [["file", await draw(picture, Wide, lossless)]];
  if (picture.width > Narrow) made.push(["narrow", await draw(picture, Narrow, lossless)]);
  return made;
}

/** An SVG is drawn by an image element, where it can run and load nothing. */
async function decode(file: File): Promise<ImageBitmap | HTMLImageElement | null> {
  try {
    if (file.type !== "image/svg+xml") return await createImageBitmap(file, { imageOrientation: "from-image" });
    const image = new Image();
    image.src = `data:image/svg+xml;base64,${btoa(Array.from(new Uint8Array(await file.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(""))}`;
    await image.decode();
    return image;
  } catch {
    return null;
  }
}

async function draw(picture: ImageBitmap | HTMLImageElement, most: number, lossless: boolean): Promise<Blob> {
  const [width, height] = picture instanceof HTMLImageElement ? [picture.naturalWidth || Wide, picture.naturalHeight || Wide] : [picture.width, picture.height];
  const scale = Math.min(1, most / width);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const brush = canvas.getContext("2d")!;
  brush.imageSmoothingQuality = "high";
  brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const type = lossless ? "image/png" : "image/jpeg";
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob === null ? reject(new Error("The picture cannot be written.")) : resolve(blob)), type, 0.85),
  );
}

function token(): string {
  return document.querySelector<HTMLInputElement>("input[name=__RequestVerificationToken]")?.value ?? "";
}
