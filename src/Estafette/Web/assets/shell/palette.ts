/** The command palette: pages of the navigation and what the search of the server finds, walked through with the arrow keys. */
let started = false;

export function open(): void {
  const dialog = document.getElementById("palette") as HTMLDialogElement;
  const input = dialog.querySelector<HTMLInputElement>("input")!;
  if (!started) start(dialog, input);
  started = true;
  if (!dialog.open) dialog.showModal();
  input.select();
  input.focus();
}

function start(dialog: HTMLDialogElement, input: HTMLInputElement): void {
  const found = dialog.querySelector<HTMLElement>(".palette-found")!;
  const status = dialog.querySelector<HTMLElement>("[role=status]")!;
  let asked = 0;
  let timer = 0;
  const links = (): HTMLAnchorElement[] => [...found.querySelectorAll<HTMLAnchorElement>("a")];

  const show = async (): Promise<void> => {
    const turn = ++asked;
    const text = input.value.trim();
    const pages = pageGroup(dialog, text);
    let groups: Element[] = [];
    try {
      const answer = await fetch(`/search?q=${encodeURIComponent(text)}`, { headers: { "HX-Request": "true" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      groups = [...page.querySelectorAll("#found > section")];
    } catch {
      // Without the server the pages are still there.
    }
    if (turn !== asked) return;
    found.replaceChildren(...(pages === null ? [] : [pages]), ...groups);
    const count = links().length;
    status.textContent = count === 0 ? (dialog.dataset.none ?? "") : String(count);
    if (count === 0) found.textContent = dialog.dataset.none ?? "";
  };

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void show(), 120);
  });
  dialog.querySelector("form")?.addEventListener("submit", (event) => {
    const first = links()[0];
    if (first === undefined) return;
    event.preventDefault();
    first.click();
  });
  dialog.addEventListener("keydown", (event) => {
    // A search field would only empty itself.
    if (event.key === "Escape") {
      event.preventDefault();
      dialog.close();
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const all: HTMLElement[] = [input, ...links()];
    const at = all.indexOf(document.activeElement as HTMLElement);
    event.preventDefault();
    all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]?.focus();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  void show();
}

/** The pages of the navigation whose name has the text in it, accents and case aside. */
function pageGroup(dialog: HTMLDialogElement, text: string): Element | null {
  const plain = (words: string): string => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const pages = [...document.querySelectorAll<HTMLAnchorElement>(".side nav a.entry")].filter(
    (link) => text !== "" && plain(link.textContent ?? "").includes(plain(text)),
  );
  if (pages.length === 0) return null;
  const group = document.createElement("section");
  group.className = "found-group";
  const title = document.createElement("h2");
  title.textContent = dialog.dataset.pages ?? "";
  const list = document.createElement("ul");
  for (const page of pages) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = page.href;
    link.innerHTML = page.innerHTML;
    item.append(link);
    list.append(item);
  }
  group.append(title, list);
  return group;
}
