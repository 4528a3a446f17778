/**
 * The page on which a content is written. The form works without this; with it, what is typed is saved by itself, and a save of another
 * person in the meantime is told and never written over.
 */

interface Answer {
  version: string;
  saved?: string;
  message?: string;
  autoText?: string | null;
  issues?: { text: string; error: boolean }[];
  faults?: Record<string, string>;
}

const Pause = 1500;
const Patience = 10_000;
const Retry = 5000;

export default function (root: HTMLElement): void {
  const form = root.closest("form");
  if (form === null) return;
  const editor = new ContentForm(root, form);
  editor.start();
}

class ContentForm {
  private readonly words: Record<string, string>;
  private readonly touched = new Set<string>();
  private timer = 0;
  private since = 0;
  private saving = false;
  private stopped = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly form: HTMLFormElement,
  ) {
    this.words = JSON.parse(root.dataset.words ?? "{}") as Record<string, string>;
  }

  start(): void {
    this.form.addEventListener("input", (event) => this.change((event.target as HTMLInputElement).name));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.save();
    });
    for (const link of this.root.querySelectorAll<HTMLAnchorElement>("[data-part]"))
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.show(link.dataset.part ?? "html");
        window.history.replaceState(null, "", link.href);
      });
    for (const button of this.root.querySelectorAll<HTMLButtonElement>("[data-do]"))
      button.addEventListener("click", () => void this.settle(button.dataset.do ?? ""));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.touched.size > 0) void this.save();
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.touched.size > 0 || this.saving) event.preventDefault();
    });
  }

  /** Something was typed: it is saved after a short pause, and at the latest after ten seconds of typing. */
  private change(field: string): void {
    if (field === "text_source") this.showText();
    if (this.touched.size === 0) this.since = performance.now();
    this.touched.add(field);
    if (this.stopped) return;
    this.say(this.words.unsaved);
    window.clearTimeout(this.timer);
    const wait = performance.now() - this.since > Patience ? 0 : Pause;
    this.timer = window.setTimeout(() => void this.save(), wait);
  }

  private async save(): Promise<void> {
    window.clearTimeout(this.timer);
    if (this.saving || this.stopped) return;
    const sent = [...this.touched];
    this.touched.clear();
    this.saving = true;
    this.say(this.words.saving);
    let failed = false;
    try {
      failed = !(await this.take(await this.post({})));
    } catch {
      failed = true;
      this.say(this.words["save-failed"]);
      this.timer = window.setTimeout(() => void this.save(), Retry);
    }
    this.saving = false;
    if (failed) for (const field of sent) this.touched.add(field);
    else if (this.touched.size > 0) this.change([...this.touched][0]!);
  }

  /** Sends the form; subject and preheader only when they were changed here, since the campaign's own page changes them too. */
  private post(more: Record<string, string>): Promise<Response> {
    const fields = new URLSearchParams();
    new FormData(this.form).forEach((value, name) => {
      if (typeof value === "string" && (!(name === "subject" || name === "preheader") || this.isChanged(name))) fields.append(name, value);
    });
    for (const [name, value] of Object.entries(more)) fields.set(name, value);
    return fetch(this.root.dataset.save ?? "", { method: "POST", body: fields, redirect: "manual" });
  }

  private async take(response: Response): Promise<boolean> {
    if (response.type === "opaqueredirect" || response.status === 400 || response.status === 401) {
      this.say(this.words["signed-out"]);
      return false;
    }
    const answer = (await response.json()) as Answer;
    switch (response.status) {
      case 200:
        this.saved(answer);
        return true;
      case 409:
        this.stopped = true;
        this.conflict(answer);
        return false;
      default:
        this.say((this.words["save-refused"] ?? "").replace("{0}", answer.message ?? Object.values(answer.faults ?? {}).join(" ")));
        return false;
    }
  }

  private saved(answer: Answer): void {
    this.field("version").value = answer.version;
    for (const name of ["subject", "preheader"]) this.field(name).defaultValue = this.field(name).value;
    this.say(answer.saved);
    const list = this.root.querySelector("[data-issues]");
    list?.replaceChildren(
      ...(answer.issues ?? []).map((issue) => {
        const line = document.createElement("li");
        line.textContent = issue.text;
        line.classList.toggle("text-danger", issue.error);
        return line;
      }),
    );
    this.part("[data-no-issues]").hidden = (answer.issues ?? []).length > 0;
    if (typeof answer.autoText === "string") this.part("[data-auto-text]").textContent = answer.autoText || (this.words["text-none"] ?? "");
  }

  private conflict(answer: Answer): void {
    const box = this.part("[data-conflict]");
    box.dataset.version = answer.version;
    this.part("[data-conflict-text]").textContent = answer.message ?? "";
    box.hidden = false;
    this.say(this.words.unsaved);
    box.querySelector<HTMLButtonElement>("button")?.focus();
  }

  private async settle(what: string): Promise<void> {
    const box = this.part("[data-conflict]");
    if (what === "copy") {
      const shown = this.root.querySelector<HTMLTextAreaElement>("[data-panel]:not([hidden]) textarea");
      await navigator.clipboard.writeText(shown?.value ?? "");
      this.say(this.words["conflict-copied"]);
    } else if (what === "mine") {
      this.field("version").value = box.dataset.version ?? "";
      box.hidden = true;
      this.stopped = false;
      await this.save();
    } else if (what === "theirs") {
      const kept = await this.post({ aside: "1" });
      if (!kept.ok) return this.say(this.words["save-failed"]);
      this.touched.clear();
      window.location.reload();
    }
  }

  private show(part: string): void {
    this.field("mode").value = part;
    for (const panel of this.root.querySelectorAll<HTMLElement>("[data-panel]")) panel.hidden = panel.dataset.panel !== part;
    for (const link of this.root.querySelectorAll<HTMLElement>("[data-part]"))
      if (link.dataset.part === part) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
  }

  private showText(): void {
    const byHand = this.form.querySelector<HTMLInputElement>("input[name=text_source]:checked")?.value === "hand";
    const text = this.form.elements.namedItem("text") as HTMLTextAreaElement;
    if (byHand && text.value.trim() === "") text.value = this.part("[data-auto-text]").textContent ?? "";
    for (const part of this.root.querySelectorAll<HTMLElement>("[data-text]")) part.hidden = (part.dataset.text === "hand") !== byHand;
  }

  private isChanged(name: string): boolean {
    const field = this.field(name);
    return field.value !== field.defaultValue;
  }

  private field(name: string): HTMLInputElement {
    return this.form.elements.namedItem(name) as HTMLInputElement;
  }

  private part(selector: string): HTMLElement {
    return this.root.querySelector<HTMLElement>(selector)!;
  }

  private say(text: string | undefined): void {
    this.part("[data-state]").textContent = text ?? "";
  }
}
