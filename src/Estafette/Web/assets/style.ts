/** Loads a style that only one kind of island needs; done once per page, whoever asks. */
export function loadStyle(address: string): Promise<void> {
  const known = document.head.querySelector<HTMLLinkElement>(`link[href="${address}"]`);
  if (known !== null) return Promise.resolve();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  return new Promise((done) => {
    link.addEventListener("load", () => done());
    link.addEventListener("error", () => done());
    document.head.append(link);
  });
}
