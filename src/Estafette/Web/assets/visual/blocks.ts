import type { Editor } from "grapesjs";
import type { Apart } from "./defaults";

/** Blocks of MJML that make sense in a newsletter; a group of networks or a menu is written in the source. */
export const blockNames = [
  "mj-1-column",
  "mj-2-columns",
  "mj-3-columns",
  "mj-text",
  "mj-button",
  "mj-image",
  "mj-divider",
  "mj-social-group",
  "mj-spacer",
  "mj-hero",
  "mj-wrapper",
];

const icon = (path: string): string =>
  `<svg viewBox="0 0 24 24" width="32" height="32" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`;

/** What the blocks of MJML hold at first, in the language of the page; their own is English, with images of other sites. */
function contents(words: Record<string, string>): Record<string, string> {
  const text = `<mj-text>${words["block-text"]}</mj-text>`;
  const button = `<mj-button href="https://example.org/">${words["block-button"]}</mj-button>`;
  const columns = (count: number): string => `<mj-section>${`<mj-column>${text}</mj-column>`.repeat(count)}</mj-section>`;
  const network = (name: string): string => `<mj-social-element name="${name}" href="https://example.org/"></mj-social-element>`;
  return {
    "mj-1-column": columns(1),
    "mj-2-columns": columns(2),
    "mj-3-columns": columns(3),
    "mj-text": text,
    "mj-button": button,
    "mj-social-group": `<mj-social mode="horizontal">${["facebook", "instagram", "linkedin"].map(network).join("")}</mj-social>`,
    "mj-hero":
      '<mj-hero mode="fluid-height" background-color="#2a3448" padding="60px 0px">' +
      `<mj-text align="center" color="#ffffff" font-size="32px" line-height="38px" font-weight="700">${words["block-title"]}</mj-text>${button}</mj-hero>`,
    "mj-wrapper": `<mj-wrapper border="1px solid #d1d5db" padding="24px">${columns(1)}</mj-wrapper>`,
  };
}

/** Blocks of our own, in front of those of MJML; all of them look as the head of this message says. */
export function addBlocks(editor: Editor, words: Record<string, string>, apart: Apart): void {
  const blocks = editor.Blocks;
  blocks.add("es-conditional", {
    label: words["block-conditional"],
    media: icon('<path d="M6 4v16M6 12h6a6 6 0 0 0 6-6V4M15 7l3-3 3 3M6 20"/>'),
    content:
      '<mj-section es-if="vip"><mj-column><mj-text>' + (words["block-conditional-text"] ?? "") + "</mj-text></mj-column></mj-section>",
    select: true,
  });
  blocks.add("es-links", {
    label: words["block-links"],
    media: icon('<path d="M4 19h16M9 14l6-6M8 11l-2 2a3.5 3.5 0 0 0 5 5l1-1M16 13l2-2a3.5 3.5 0 0 0-5-5l-1 1"/>'),
    content:
      '<mj-section><mj-column><mj-text align="center" font-size="12px" color="#6b7280">' +
      `<a href="WEB_VERSION_URL" style="color:#6b7280">${words["link-web"]}</a> · <a href="UNSUBSCRIBE_URL" style="color:#6b7280">${words["link-unsubscribe"]}</a>` +
      "</mj-text></mj-column></mj-section>",
    select: true,
  });
  const own = contents(words);
  for (const block of blocks.getAll().toArray()) {
    block.set("category", "");
    const content = own[String(block.id)] ?? block.get("content");
    if (typeof content === "string") block.set("content", apart.complete(content));
  }
}
