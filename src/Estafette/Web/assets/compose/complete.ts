import type { Field } from "../islands/visual";

/**
 * Offers the merge fields after two braces in an ordinary field or text area: a list under it, chosen with the arrows and Enter or the mouse
 * (ARIA combobox with a list).
 */
let count = 0;

export function complete(input: HTMLInputElement | HTMLTextAreaElement, fields: Field[], label: string): void {
  const list = document.createElement("ul");
  list.id = `complete-${++count}`;
  list.className = "complete";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label);
  list.hidden = true;
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  let shown: Field[] = [];
  let at = 0;

  const close = (): void => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (): void => {
    [...list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", `${list.id}-${at}`);
  };
  const choose = (field: Field): void => {
    const end = input.selectionStart ?? input.value.length;
    const begin = input.value.lastIndexOf("{{", end);
    const rest = input.value.slice(end).replace(/^\s*\}\}/, "");
    input.value = `${input.value.slice(0, begin)}{{${field.name}}}${rest}`;
    const caret = begin + field.name.length + 4;
    input.setSelectionRange(caret, caret);
    close();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  input.addEventListener("input", () => {
    const typed = /\{\{\s*([\w.]*)$/.exec(input.value.slice(0, input.selectionStart ?? 0))?.[1]?.toLowerCase();
    shown = typed === undefined ? [] : fields.filter((field) => `${field.name} ${field.label}`.toLowerCase().includes(typed));
    if (shown.length === 0) return close();
    list.replaceChildren(
      ...shown.map((field, index) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${index}`;
        option.setAttribute("role", "option");
        const sample = document.createElement("small");
        sample.textContent = field.sample;
        option.append(`${field.label} `, sample);
        option.addEventListener("mousedown", (event) => {
          event.preventDefault();
          choose(field);
        });
        return option;
      }),
    );
    at = 0;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark();
  });
  input.addEventListener("keydown", (pressed) => {
    const event = pressed as KeyboardEvent;
    if (list.hidden) return;
    if (event.key === "ArrowDown") at = (at + 1) % shown.length;
    else if (event.key === "ArrowUp") at = (at + shown.length - 1) % shown.length;
    else if (event.key === "Escape") return close();
    else if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      choose(shown[at]!);
      return;
    } else return;
    event.preventDefault();
    mark();
  });
  input.addEventListener("blur", close);
}
