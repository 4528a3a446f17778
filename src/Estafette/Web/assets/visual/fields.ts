import type { Component, Editor } from "grapesjs";
import type { Field } from "../islands/visual";

/** Merge fields in the bar that stands over a text while it is written. */
export function addFields(editor: Editor, fields: Field[], words: Record<string, string>): void {
  const options = fields
    .map((field) => `<option value="${escape(field.name)}">${escape(field.label)}${field.sample === "" ? "" : ` (${escape(field.sample)})`}</option>`)
    .join("");
  editor.RichTextEditor.add("merge-field", {
    icon: `<select class="gjs-field" aria-label="${escape(words["insert-field"] ?? "")}"><option value="">${escape(words["insert-field"] ?? "")}</option>${options}</select>`,
    event: "change",
    result: (rte: { insertHTML(html: string): void }, action: { btn: HTMLElement }) => {
      const select = action.btn.firstElementChild as HTMLSelectElement;
      if (select.value !== "") rte.insertHTML(`{{${select.value}}}`);
      select.value = "";
    },
    update: (_: unknown, action: { btn: HTMLElement }) => {
      (action.btn.firstElementChild as HTMLSelectElement).value = "";
    },
  } as never);
}

/** Sections get three more lines in their form: shown to everybody or only if, which field, and what it must be. */
export function addConditions(editor: Editor, fields: Field[], words: Record<string, string>): void {
  const names = fields.map((field) => ({ id: field.name, label: field.label }));
  for (const type of ["mj-section", "mj-wrapper", "mj-hero"]) {
    const known = editor.Components.getType(type);
    if (known === undefined) continue;
    const traits = (known.model.prototype.defaults as { traits?: string[] }).traits ?? [];
    const begin = known.model.prototype.init as (this: Component) => void;
    editor.Components.addType(type, {
      model: {
        defaults: {
          traits: [
            {
              type: "select",
              name: "es-when",
              label: words["condition"],
              changeProp: true,
              options: [
                { id: "always", label: words["condition-always"] ?? "" },
                { id: "has", label: words["condition-has"] ?? "" },
                { id: "not", label: words["condition-not"] ?? "" },
                { id: "equals", label: words["condition-equals"] ?? "" },
              ],
            },
            { type: "select", name: "es-field", label: words["condition-field"], changeProp: true, options: names },
            { type: "text", name: "es-value", label: words["condition-value"], changeProp: true },
            ...traits,
          ],
        },
        init(this: Component) {
          begin.call(this);
          readCondition(this, names[0]?.id ?? "first_name");
          this.on("change:es-when change:es-field change:es-value", () => writeCondition(this));
        },
      },
    });
  }
}

function readCondition(component: Component, first: string): void {
  const text = String(component.getAttributes()["es-if"] ?? "").trim();
  const equal = text.indexOf("=");
  const [when, field, value] =
    text === "" ? ["always", first, ""]
    : equal > 0 ? ["equals", text.slice(0, equal).trim(), text.slice(equal + 1).trim()]
    : text.startsWith("!") ? ["not", text.slice(1).trim(), ""]
    : ["has", text, ""];
  component.set({ "es-when": when, "es-field": field, "es-value": value }, { silent: true });
}

function writeCondition(component: Component): void {
  const when = String(component.get("es-when"));
  const field = String(component.get("es-field"));
  if (when === "always") component.removeAttributes("es-if");
  else
    component.addAttributes({
      "es-if":
        when === "not" ? `!${field}`
        : when === "equals" ? `${field}=${String(component.get("es-value") ?? "")}`
        : field,
    });
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
