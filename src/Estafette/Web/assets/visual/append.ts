import type { Block, Component, Editor } from "grapesjs";

/** A block that is clicked, or chosen by keyboard, goes behind the chosen part, or to the end of the message. */
export function append(block: Block, editor: Editor): void {
  const content = block.get("content") as string;
  const takes = (place: Component): boolean => editor.Components.canMove(place, content).result;
  for (let [place, before] = [editor.getSelected(), undefined as Component | undefined]; place !== undefined; [before, place] = [place, place.parent()])
    if (takes(place)) return add(editor, place, content, before === undefined ? undefined : before.index() + 1);
  const wrapper = editor.getWrapper();
  const places = [...(wrapper?.findType("mj-body") ?? []), ...(wrapper?.findType("mj-column") ?? []).reverse()];
  const place = places.find(takes);
  if (place !== undefined) add(editor, place, content);
}

function add(editor: Editor, place: Component, content: string, at?: number): void {
  const [added] = place.append(content, at === undefined ? {} : { at });
  if (added === undefined) return;
  editor.select(added);
  editor.Canvas.scrollTo(added, { behavior: "smooth", block: "center" });
}
