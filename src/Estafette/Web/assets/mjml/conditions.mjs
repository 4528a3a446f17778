/**
 * Conditions on whole sections. In the source a section carries `es-if="vip"`, `es-if="!vip"` or `es-if="city=Lyon"`, which the visual editor
 * shows as a small form; MJML knows nothing of it, so before compiling the section is put between the two tags of a block.
 */
const Conditional = /<mj-(section|wrapper|hero)\b([^>]*?)\s+es-if="([^"]*)"([^>]*)>([\s\S]*?)<\/mj-\1>/g;
const Name = /^[A-Za-z_][\w.]*$/;

export function withConditions(mjml) {
  return mjml.replace(Conditional, (whole, tag, before, condition, after, inside) => {
    const section = `<mj-${tag}${before}${after}>${inside}</mj-${tag}>`;
    const block = blockOf(unescape(condition.trim()));
    return block === null ? section : `<mj-raw>${block.open}</mj-raw>${section}<mj-raw>${block.close}</mj-raw>`;
  });
}

/** The opening and closing tag of a condition; null when it is none. */
export function blockOf(condition) {
  const equal = condition.indexOf("=");
  if (equal > 0) {
    const [field, value] = [condition.slice(0, equal).trim(), condition.slice(equal + 1).trim()];
    if (!Name.test(field)) return null;
    return { open: `{{#if (eq ${field} "${value.replaceAll('"', "").replaceAll("}", "")}")}}`, close: "{{/if}}" };
  }
  const not = condition.startsWith("!");
  const field = not ? condition.slice(1).trim() : condition;
  if (!Name.test(field)) return null;
  return not ? { open: `{{#unless ${field}}}`, close: "{{/unless}}" } : { open: `{{#if ${field}}}`, close: "{{/if}}" };
}

function unescape(text) {
  return text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
