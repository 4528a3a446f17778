import grapesjs, { type Editor } from "grapesjs";
import mjmlModule from "grapesjs-mjml";
import mjmlFrench from "grapesjs-mjml/locale/fr";
import french from "grapesjs/locale/fr.mjs";
import style from "grapesjs/dist/css/grapes.min.css?url";
import { compileWith } from "../mjml/compile.mjs";
import { append } from "../visual/append";
import { addBlocks, blockNames } from "../visual/blocks";
import { type Apart, takeApart } from "../visual/defaults";
import { addConditions, addFields } from "../visual/fields";
import { makeKeyboardUsable } from "../visual/keyboard";
import { pickImage } from "../visual/images";
import { layPanels, showBlocks } from "../visual/panels";

/**
 * The visual editor, alone in its own frame: GrapesJS writes style elements and attributes, which the pages around it do not allow. The page
 * gives the source (kind "load") and gets every change back with its html (kind "change"). Both come from this server; other senders are not
 * listened to.
 */

export interface Field {
  name: string;
  label: string;
  sample: string;
}

interface Load {
  kind: "load";
  mjml: string;
  fields: Field[];

  /** The page has no html of this source yet. */
  report: boolean;
}

/** These packages are CommonJS: what they export by default is one level deeper here. */
function inner<T>(module: T): T {
  return (module as { default?: T }).default ?? module;
}

const Empty = "<mjml><mj-body><mj-section><mj-column><mj-text></mj-text></mj-column></mj-section></mj-body></mjml>";
const Pause = 600;

export default function visual(mount: HTMLElement): void {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = style;
  document.head.prepend(link);
  const words = JSON.parse(mount.dataset.words ?? "{}") as Record<string, string>;
  let editor: Editor | undefined;
  window.addEventListener("message", (event) => {
    if (event.origin !== window.location.origin || event.source !== window.parent) return;
    const load = event.data as Load;
    if (load.kind !== "load") return;
    editor?.destroy();
    editor = start(mount, load, words);
  });
  window.parent.postMessage({ kind: "ready" }, window.location.origin);
}

function start(mount: HTMLElement, load: Load, words: Record<string, string>): Editor {
  const language = document.documentElement.lang;
  const editor = grapesjs.init({
    container: mount,
    height: "100%",
    telemetry: false,
    storageManager: false,
    fromElement: false,
    noticeOnUnload: false,
    cssIcons: "",
    i18n: {
      locale: language,
      localeFallback: "en",
      detectLocale: false,
      messagesAdd: { fr: french },
    },
    blockManager: { appendOnClick: append },
    assetManager: {
      custom: {
        open: (props: { select: (src: string, complete?: boolean) => void; close: () => void }) =>
          void pickImage(words).then((image) => {
            if (image !== null) {
              props.select(image.url, true);
              const chosen = editor.getSelected();
              if (chosen !== undefined && image.alt !== "") chosen.addAttributes({ alt: image.alt });
            }
            props.close();
          }),
        close: () => undefined,
      },
    },
    plugins: [
      (made) =>
        inner(mjmlModule)(made, {
          blocks: blockNames,
          fonts: {},
          useCustomTheme: false,
          imagePlaceholderSrc: "/m/gallery/placeholder.png",
          i18n: { fr: inner(mjmlFrench) },
          resetDevices: true,
          hideSelector: true,
          columnsPadding: "",
        }),
    ],
  });
  const apart = takeApart(load.mjml.trim() === "" ? Empty : load.mjml);
  addBlocks(editor, words, apart);
  addFields(editor, load.fields, words);
  addConditions(editor, load.fields, words);
  editor.setComponents(apart.canvas);
  editor.on("load", () => {
    layPanels(editor, words);
    showBlocks(editor);
    makeKeyboardUsable(editor, words);
    editor.UndoManager.clear();
    const tell = report(editor, apart);
    if (load.report) tell();
  });
  return editor;
}

/** Tells the page what the message says now, a moment after each change. */
function report(editor: Editor, apart: Apart): () => void {
  let timer = 0;
  const tell = (): void => {
    const mjml = apart.whole(editor.runCommand("mjml-code") as string);
    const { html, errors } = compileWith((source, options) => editor.runCommand("mjml-code-to-html", { mjml: source, ...options }), mjml);
    window.parent.postMessage({ kind: "change", mjml, html, errors }, window.location.origin);
  };
  const later = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(tell, Pause);
  };
  editor.on("update", later);
  editor.on("component:update component:styleUpdate component:add component:remove rte:disable", later);
  return tell;
}
