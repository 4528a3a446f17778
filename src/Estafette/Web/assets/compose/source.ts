import { autocompletion, closeBrackets, type Completion, type CompletionContext, type CompletionResult, snippetCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { bracketMatching, defaultHighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import type { Field } from "../islands/visual";

/**
 * The html source with colours, in front of the text area that holds it. It lives in a shadow root: there its styles are adopted as objects,
 * which the policy of the page allows, and not written as elements, which it does not. Tab leaves the editor.
 */
export interface Source {
  set(text: string): void;
  lock(locked: boolean): void;
}

export function source(area: HTMLTextAreaElement, fields: Field[], label: string, helps: Record<string, string>): Source {
  const host = document.createElement("div");
  host.className = "source";
  area.before(host);
  area.hidden = true;
  const root = host.attachShadow({ mode: "open" });
  const place = document.createElement("div");
  root.append(place);
  let quiet = false;
  const state = (text: string, locked: boolean): EditorState =>
    EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        bracketMatching(),
        closeBrackets(),
        syntaxHighlighting(defaultHighlightStyle),
        html(),
        autocompletion({ override: [(context) => offer(context, fields, helps)] }),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.lineWrapping,
        EditorState.readOnly.of(locked),
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
        EditorView.theme({
          "&": { height: "36rem", border: "1px solid var(--tblr-border-color)", backgroundColor: "#fff", color: "#1f2937" },
          ".cm-scroller": { overflow: "auto", fontFamily: "var(--tblr-font-monospace)", fontSize: "0.85rem" },
          "&.cm-focused": { outline: "3px solid var(--tblr-primary)" },
        }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged || quiet) return;
          area.value = update.state.doc.toString();
          area.dispatchEvent(new Event("input", { bubbles: true }));
        }),
      ],
    });
  const view = new EditorView({ state: state(area.value, area.readOnly), parent: place, root });
  // What scrolls can be reached by keyboard, also where the text is locked.
  view.scrollDOM.tabIndex = 0;
  const reset = (text: string, locked: boolean): void => {
    quiet = true;
    view.setState(state(text, locked));
    quiet = false;
  };
  return { set: (text) => reset(text, area.readOnly), lock: (locked) => reset(view.state.doc.toString(), locked) };
}

function offer(context: CompletionContext, fields: Field[], helps: Record<string, string>): CompletionResult | null {
  const typed = context.matchBefore(/\{\{[#\w.]*/);
  if (typed === null) return null;
  const options: Completion[] = fields.map((field) => ({ label: `{{${field.name}}}`, detail: field.sample, info: field.label, type: "variable" }));
  const first = fields[0]?.name ?? "first_name";
  options.push(
    snippetCompletion(`{{#if \${${first}}}}\n\${}\n{{/if}}`, { label: "{{#if …}}", detail: helps["snippet-if"], type: "keyword" }),
    snippetCompletion(`{{#if (eq \${${first}} "\${}")}}\n\${}\n{{else}}\n\${}\n{{/if}}`, { label: "{{#if (eq …)}}", detail: helps["snippet-eq"], type: "keyword" }),
    snippetCompletion(`{{default \${${first}} "\${}"}}`, { label: "{{default …}}", detail: helps["snippet-default"], type: "keyword" }),
  );
  // Braces that close themselves are taken over.
  const closed = context.state.sliceDoc(context.pos, context.pos + 2) === "}}" ? 2 : 0;
  return { from: typed.from, to: context.pos + closed, options, filter: true, validFor: /^\{\{[#\w.]*$/ };
}
