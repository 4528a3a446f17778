/** Shows a subject as inboxes will, says how much of it is seen, and inserts signs and merge fields at the cursor. */
export default function inbox(root: HTMLElement): void {
  const fields = ["subject", "preheader"]
    .map((name) => root.querySelector<HTMLInputElement>(`[name=${name}]`))
    .filter((field): field is HTMLInputElement => field !== null);
  let last = fields[0];
  const limits: Record<string, [number, number]> = { subject: [15, 60], preheader: [30, 110] };
  const sample = (JSON.parse(root.dataset.sample ?? "null") ?? {}) as Record<string, string>;
  const show = (field: HTMLInputElement): void => {
    for (const place of root.querySelectorAll(`[data-shows=${field.name}]`)) place.textContent = merge(field.value, sample);
    const advice = root.querySelector<HTMLElement>(`[data-advice=${field.name}]`);
    if (advice === null) return;
    const [short, long] = limits[field.name] ?? [0, 1000];
    const length = merge(field.value, sample).trim().length;
    const kind = length === 0 ? "empty" : length < short ? "short" : length <= long ? "good" : "long";
    advice.textContent = (advice.dataset[kind] ?? "").replace("{0}", String(length));
  };
  for (const field of fields) {
    field.addEventListener("focus", () => (last = field));
    field.addEventListener("input", () => show(field));
  }
  root.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-insert]");
    if (button === null || last === undefined) return;
    last.focus();
    last.setRangeText(button.dataset.insert ?? "", last.selectionStart ?? 0, last.selectionEnd ?? 0, "end");
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

/** The two ordinary forms, {{field}} and {{default field "else"}}, while typing; the page shows the rest when the line is saved. */
function merge(line: string, sample: Record<string, string>): string {
  return line.replace(/\{\{\s*(?:default\s+(\w+)\s+"([^"]*)"|(\w+))\s*\}\}/g, (_, field?: string, other?: string, plain?: string) => sample[field ?? plain ?? ""] || (other ?? ""));
}
