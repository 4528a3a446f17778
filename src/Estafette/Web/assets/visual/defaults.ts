/**
 * A source in the form the canvas can show. GrapesJS would draw the head as text, reads tags that close themselves as open ones, and draws each
 * element without the defaults of mj-attributes: so the head waits aside, and every element carries what the head gives it.
 * (MJML, "mj-attributes": mj-all, then the tag's own defaults, then mj-class, then the element's attributes.)
 */
export interface Apart {
  /** The source without its head, elements complete. */
  canvas: string;

  /** Gives markup that is added later, such as a block, the same defaults. */
  complete(markup: string): string;

  /** Puts the head back into what the editor made. */
  whole(mjml: string): string;
}

type Attributes = Map<string, string>;

const Tag = /<(mj-[\w-]+|mjml)((?:\s+[\w:.-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'))?)*)\s*(\/?)>/g;
const Attribute = /([\w:.-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?/g;
const Head = /<mj-head\b[^>]*?(?:\/>|>[\s\S]*?<\/mj-head\s*>)/i;

/** mj-all speaks of letters; on other elements the compiler calls them illegal. */
const Written = new Set(["mj-text", "mj-button", "mj-table", "mj-social", "mj-social-element", "mj-navbar-link", "mj-accordion-title", "mj-accordion-text"]);

export function takeApart(mjml: string): Apart {
  const head = Head.exec(mjml)?.[0] ?? "";
  const defaults = readDefaults(head);
  const complete = (markup: string): string =>
    markup.replace(Tag, (_, tag: string, text: string, closed: string) => {
      const attributes = expandPadding(withDefaults(tag, read(text), defaults));
      return `<${tag}${write(attributes)}>${closed === "" ? "" : `</${tag}>`}`;
    });
  return {
    canvas: complete(mjml.replace(Head, "")),
    complete,
    whole: (made) => (head === "" ? made : made.replace(/<mjml\b[^>]*>/, (start) => start + head)),
  };
}

interface Defaults {
  all: Attributes;
  tags: Map<string, Attributes>;
  classes: Map<string, Attributes>;
}

function readDefaults(head: string): Defaults {
  const found: Defaults = { all: new Map(), tags: new Map(), classes: new Map() };
  const inside = /<mj-attributes\b[^>]*>([\s\S]*?)<\/mj-attributes\s*>/i.exec(head)?.[1] ?? "";
  for (const [, tag = "", text = ""] of inside.matchAll(Tag)) {
    const attributes = read(text);
    if (tag === "mj-all") found.all = attributes;
    else if (tag === "mj-class") {
      found.classes.set(attributes.get("name") ?? "", attributes);
      attributes.delete("name");
    } else found.tags.set(tag, attributes);
  }
  return found;
}

function withDefaults(tag: string, own: Attributes, { all, tags, classes }: Defaults): Attributes {
  const given: Attributes = new Map([...(Written.has(tag) ? all : []), ...(tags.get(tag) ?? [])]);
  for (const name of (own.get("mj-class") ?? "").split(/\s+/))
    for (const [key, value] of classes.get(name) ?? []) given.set(key, value);
  for (const [key, value] of own) given.set(key, value);
  return given;
}

/** The editor fills in each side that is not written, which would win over the short form. */
function expandPadding(attributes: Attributes): Attributes {
  const short = attributes.get("padding")?.trim();
  if (short === undefined || short === "") return attributes;
  const [top = "0", right = top, bottom = top, left = right] = short.split(/\s+/);
  const sides = Object.entries({ top, right, bottom, left }).map(([side, value]) => [`padding-${side}`, value] as const);
  attributes.delete("padding");
  return new Map([...sides, ...attributes]);
}

function read(text: string): Attributes {
  return new Map([...text.matchAll(Attribute)].map(([, name = "", double, single]) => [name, double ?? single?.replaceAll('"', "&quot;") ?? ""]));
}

function write(attributes: Attributes): string {
  return [...attributes].map(([name, value]) => ` ${name}="${value}"`).join("");
}
