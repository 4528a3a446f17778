import type { Component, Editor } from "grapesjs";

/**
 * What the editor does with the mouse alone: blocks are added with Enter, the chosen part is moved with Alt and the arrows, left with Escape,
 * and every button has a name.
 */
export function makeKeyboardUsable(editor: Editor, words: Record<string, string>): void {
  const root = editor.getContainer() as HTMLElement;
  const name = (): void => {
    for (const block of root.querySelectorAll<HTMLElement>(".gjs-block:not([tabindex])")) {
      block.tabIndex = 0;
      block.setAttribute("role", "button");
    }
    for (const button of root.querySelectorAll<HTMLElement>(".gjs-pn-btn:not([tabindex])")) {
      button.tabIndex = 0;
      button.setAttribute("role", "button");
      const label = button.title || button.dataset.tooltip || "";
      if (label !== "") button.setAttribute("aria-label", label);
    }
  };
  name();
  new MutationObserver(name).observe(root, { childList: true, subtree: true });
  root.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if ((event.key === "Enter" || event.key === " ") && target.matches(".gjs-block, .gjs-pn-btn")) {
      event.preventDefault();
      target.click();
    }
  });
  root.querySelector("iframe")?.setAttribute("title", words["canvas"] ?? "");
  editor.Keymaps.add("es:up", "alt+up", () => move(editor, -1));
  editor.Keymaps.add("es:down", "alt+down", () => move(editor, 1));
  editor.Keymaps.add("es:parent", "escape", () => editor.select(editor.getSelected()?.parent()));
}

function move(editor: Editor, by: number): void {
  const chosen = editor.getSelected();
  const parent = chosen?.parent();
  if (chosen === undefined || parent === undefined) return;
  const at = chosen.index() + by;
  if (at < 0 || at >= (parent.components().length as number)) return;
  const moved = chosen.move(parent, { at: by > 0 ? at + 1 : at } as never) as Component;
  editor.select(moved);
}
