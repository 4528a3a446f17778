import { complete } from "../compose/complete";
import { askText } from "../shell/ask";
import type { Source } from "../compose/source";
import type { Field } from "./visual";

/**
 * The page on which a content is written. The form works without this; with it, what is typed is saved by itself, a save of another person in
 * the meantime is told and never written over, and the visual editor and the coloured source are fetched when they are opened.
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

export default function content(root: HTMLElement): void {
  const form = root.closest("form");
  if (form !== null) new ContentForm(root, form).start();
}

class ContentForm {
  private readonly words: Record<string, string>;
  private readonly fields: Field[];
  private readonly touched = new Set<string>();
  private timer = 0;
  private since = 0;
  private saving = false;
  private stopped = false;
  private frame: HTMLIFrameElement | null = null;
  private source: Promise<Source> | null = null;
  private lastField: HTMLInputElement | HTMLTextAreaElement | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly form: HTMLFormElement,
  ) {
    this.words = JSON.parse(root.dataset.words ?? "{}") as Record<string, string>;
    this.fields = JSON.parse(root.dataset.fields ?? "[]") as Field[];
  }

  start(): void {
    this.form.addEventListener("input", (event) => {
      const name = (event.target as HTMLInputElement).name;
      if (name !== "" && name !== undefined) this.change(name);
    });
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
    for (const button of this.root.querySelectorAll<HTMLButtonElement>("[data-start]"))
      button.addEventListener("click", () => void this.begin(button.dataset.start ?? "", button.dataset.key ?? ""));
    for (const name of ["subject", "preheader", "text"]) {
      const field = this.form.elements.namedItem(name) as HTMLInputElement | HTMLTextAreaElement;
      complete(field, this.fields, this.words["fields"] ?? "");
      field.addEventListener("focus", () => (this.lastField = field));
    }
    for (const button of this.root.querySelectorAll<HTMLButtonElement>("[data-insert]"))
      button.addEventListener("click", () => this.insert(button.dataset.insert ?? ""));
    window.addEventListener("message", (event) => this.hear(event));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.touched.size > 0) void this.save();
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.touched.size > 0 || this.saving) event.preventDefault();
    });
    // Links of the page first save: the preview shows what was just typed.
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-after-save]"))
      link.addEventListener("click", (event) => {
        if (this.touched.size === 0) return;
        event.preventDefault();
        void this.save().then(() => window.location.assign(link.href));
      });
    this.show(this.root.querySelector<HTMLElement>("[data-part][aria-current]")?.dataset.part ?? "html");
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

  private async save(more: Record<string, string> = {}): Promise<boolean> {
    window.clearTimeout(this.timer);
    if (this.saving || this.stopped) return false;
    const sent = [...this.touched];
    this.touched.clear();
    this.saving = true;
    this.say(this.words.saving);
    let taken = false;
    try {
      taken = await this.take(await this.post(more));
    } catch {
      this.say(this.words["save-failed"]);
      this.timer = window.setTimeout(() => void this.save(), Retry);
    }
    this.saving = false;
    if (!taken) for (const field of sent) this.touched.add(field);
    else if (this.touched.size > 0) this.change([...this.touched][0]!);
    return taken;
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
      const shown = this.root.querySelector<HTMLTextAreaElement>("[data-panel]:not([hidden]) textarea[name]");
      await navigator.clipboard.writeText(shown?.value ?? this.area("html").value);
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
    } else if (what === "by-hand") {
      if (!(await this.save({ version_name: this.words["version-visual"] ?? "" }))) return;
      this.owner("html");
      this.change("mode");
    } else if (what === "name-version") {
      const name = await askText({ title: this.words["version-ask"] ?? "", ok: this.words["version-ok"] ?? "", cancel: this.words["pick-cancel"] ?? "" });
      if (name !== null && name !== "") await this.save({ version_name: name });
    } else if (what === "compare") {
      // Opened at once: a browser keeps windows from opening later than the click.
      const page = window.open("about:blank");
      const kept = await this.post({ aside: "1" });
      if (!kept.ok) {
        page?.close();
        return this.say(this.words["save-failed"]);
      }
      const address = ((await kept.json()) as { compare: string }).compare;
      if (page === null) window.location.assign(address);
      else page.location.href = address;
    }
  }

  private show(part: string): void {
    for (const panel of this.root.querySelectorAll<HTMLElement>("[data-panel]")) panel.hidden = panel.dataset.panel !== part;
    for (const link of this.root.querySelectorAll<HTMLElement>("[data-part]"))
      if (link.dataset.part === part) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    if (part === "visual" && this.field("mode").value === "visual") this.openVisual(false);
    if (part === "html") void this.openSource();
  }

  /** Who makes the html: the visual editor or a hand. The source shows it in both cases and can be written in one. */
  private owner(mode: "visual" | "html"): void {
    this.field("mode").value = mode;
    for (const part of this.root.querySelectorAll<HTMLElement>("[data-owner]")) part.hidden = part.dataset.owner !== mode;
    this.area("html").readOnly = mode === "visual";
    void this.source?.then((source) => source.lock(mode === "visual"));
    if (mode === "html") {
      this.frame?.remove();
      this.frame = null;
    }
  }

  /** The visual editor starts from nothing, a template, its own older source, or the html as one block. What was there is kept as a version. */
  private async begin(what: string, key: string): Promise<void> {
    let mjml = what === "resume" ? this.area("mjml").value : "";
    if (this.area("html").value !== "" && !(await this.save({ version_name: this.words["version-before"] ?? "" }))) return;
    if (what === "gallery") {
      const answer = await fetch(`/gallery/${key}.json`);
      if (!answer.ok) return this.say(this.words["save-failed"]);
      const template = (await answer.json()) as { mjml: string; subject: string; preheader: string };
      mjml = template.mjml;
      for (const name of ["subject", "preheader"] as const)
        if (this.field(name).value === "") this.field(name).value = template[name];
    } else if (what === "html") mjml = this.wrapped();
    this.area("mjml").value = mjml;
    this.owner("visual");
    this.openVisual(true);
  }

  private wrapped(): string {
    const parsed = new DOMParser().parseFromString(this.area("html").value, "text/html");
    const styles = [...parsed.querySelectorAll("style")].map((style) => style.textContent ?? "").join("\n");
    for (const gone of parsed.body.querySelectorAll("script, style")) gone.remove();
    return `<mjml><mj-head><mj-style>${styles}</mj-style></mj-head><mj-body><mj-section padding="0"><mj-column><mj-text padding="0">${parsed.body.innerHTML}</mj-text></mj-column></mj-section></mj-body></mjml>`;
  }

  private openVisual(report: boolean): void {
    this.frame?.remove();
    this.frame = document.createElement("iframe");
    this.frame.src = "/content/visual";
    this.frame.className = "compose-frame";
    this.frame.title = this.words["visual"] ?? "";
    this.frame.dataset.report = String(report);
    this.part("[data-frame]").replaceChildren(this.frame);
  }

  private hear(event: MessageEvent): void {
    if (event.origin !== window.location.origin || this.frame === null || event.source !== this.frame.contentWindow) return;
    const message = event.data as { kind: string; mjml: string; html: string };
    if (message.kind === "ready")
      this.frame.contentWindow?.postMessage(
        { kind: "load", mjml: this.area("mjml").value, fields: this.fields, report: this.frame.dataset.report === "true" },
        window.location.origin,
      );
    else if (message.kind === "change") {
      this.area("mjml").value = message.mjml;
      this.area("html").value = message.html;
      void this.source?.then((source) => source.set(message.html));
      this.change("mjml");
    }
  }

  private async openSource(): Promise<void> {
    this.source ??= import("../compose/source").then(({ source }) => source(this.area("html"), this.fields, this.words["html"] ?? "HTML", this.words));
    await this.source;
  }

  private insert(name: string): void {
    const field = this.lastField ?? this.field("subject");
    const at = field.selectionStart ?? field.value.length;
    field.setRangeText(`{{${name}}}`, at, field.selectionEnd ?? at, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private showText(): void {
    const byHand = this.form.querySelector<HTMLInputElement>("input[name=text_source]:checked")?.value === "hand";
    const text = this.area("text");
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

  private area(name: string): HTMLTextAreaElement {
    return this.form.elements.namedItem(name) as HTMLTextAreaElement;
  }

  private part(selector: string): HTMLElement {
    return this.root.querySelector<HTMLElement>(selector)!;
  }

  private say(text: string | undefined): void {
    this.part("[data-state]").textContent = text ?? "";
  }
}
