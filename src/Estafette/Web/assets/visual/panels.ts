import type { Editor } from "grapesjs";

const icon = (path: string): string =>
  `<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`;

/** The views at the right and the buttons of the bar, with pictures of our own: the editor brings none without a font from elsewhere. */
export function layPanels(editor: Editor, words: Record<string, string>): void {
  const panels = editor.Panels;
  panels.removePanel("views");
  panels.addPanel({
    id: "views",
    buttons: [
      view("open-blocks", words["view-blocks"], '<path d="M12 5v14M5 12h14"/>'),
      view("open-tm", words["view-settings"], '<path d="M4 7h10M18 7h2M4 17h2M10 17h10"/><circle cx="16" cy="7" r="2"/><circle cx="8" cy="17" r="2"/>'),
      view("open-sm", words["view-style"], '<path d="M3 21c4 0 6-1 6-4a3 3 0 1 0-6 0zM10 14 20 4M9 13l2 2"/>'),
      view("open-layers", words["view-layers"], '<path d="m12 4 9 5-9 5-9-5zM3 14l9 5 9-5"/>'),
    ],
  });
  const options = panels.getPanel("options");
  for (const button of options?.get("buttons")?.models.slice() ?? [])
    if (!["undo", "redo", "mjml-undo", "mjml-redo"].includes(String(button.id)) && !/undo|redo/.test(String(button.get("command"))))
      panels.removeButton("options", String(button.id));
}

/** The blocks are what a person looks for first. */
export function showBlocks(editor: Editor): void {
  for (const command of ["open-sm", "open-tm", "open-layers"]) editor.stopCommand(command);
  editor.Panels.getButton("views", "open-blocks")?.set("active", true);
}

function view(command: string, label: string | undefined, path: string): object {
  return { id: command, command, label: icon(path), togglable: false, attributes: { title: label, "aria-label": label } };
}
