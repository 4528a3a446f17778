// Writes what the program carries of the gallery: for each template and language its source (MJML) and the html it compiles to, and gallery.json.
//   node gallery/build.mjs            writes them
//   node gallery/build.mjs --check    says what would change and fails if anything does
//   node gallery/build.mjs --pictures also draws the pictures and thumbnails with Debian's Chromium
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { shared } from "./parts.mjs";
import { pictures } from "./pictures.mjs";
import { templates } from "./templates.mjs";

globalThis.window = globalThis; // mjml-browser expects one
const mjml = (await import("mjml-browser")).default;
const { compileWith } = await import("../mjml/compile.mjs");

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../../../Estafette.Core/Messages/Gallery/Templates");
mkdirSync(out, { recursive: true });

const fill = (source, words) =>
  source.replaceAll(/\[\[(\w+)\]\]/g, (_, key) => {
    if (words[key] === undefined) throw new Error(`No word '${key}'.`);
    return words[key];
  });

const files = new Map();
const list = [];
for (const { key, category, source, ...languages } of templates)
  for (const language of ["fr", "en"]) {
    const words = { ...shared[language], ...languages[language] };
    const mjmlSource = fill(source, words).replaceAll("><mj-", ">\n<mj-").replaceAll("></mj-", ">\n</mj-") + "\n";
    const { html, errors } = compileWith(mjml.default ?? mjml, mjmlSource);
    if (errors.length > 0) throw new Error(`${key}.${language}: ${errors.join("\n")}`);
    files.set(`${key}.${language}.mjml`, mjmlSource);
    files.set(`${key}.${language}.html`, html);
    list.push({ key, language, category, name: words.name, subject: words.subject, preheader: words.preheader });
  }
files.set("gallery.json", JSON.stringify(list, null, 1) + "\n");

const changed = [...files].filter(([name, text]) => !existsSync(join(out, name)) || readFileSync(join(out, name), "utf8") !== text);
if (process.argv.includes("--check")) {
  for (const [name] of changed) console.error(`${name} is not what its source compiles to.`);
  process.exit(changed.length > 0 ? 1 : 0);
}
for (const [name, text] of changed) writeFileSync(join(out, name), text);

function shoot(html, file, width, height, scale) {
  const page = join(tmpdir(), `gallery-${process.pid}.html`);
  writeFileSync(page, html);
  const quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--allow-file-access-from-files"];
  execFileSync("/usr/bin/chromium", [...quiet, `--force-device-scale-factor=${scale}`, `--window-size=${width},${height}`, `--screenshot=${file}`, pathToFileURL(page).href], { stdio: "ignore" });
  rmSync(page);
}

if (process.argv.includes("--pictures")) {
  for (const [name, picture] of Object.entries(pictures)) shoot(`<body style="margin:0">${picture}</body>`, join(out, `${name}.png`), 1200, 480, 1);
  for (const { key } of templates)
    for (const language of ["fr", "en"]) {
      const html = files.get(`${key}.${language}.html`).replaceAll("/m/gallery/", pathToFileURL(out).href + "/").replaceAll(/\{\{default \w[\w.]* "([^"]*)"\}\}/g, "$1").replaceAll(/\{\{[^}]*\}\}/g, "");
      shoot(html, join(out, `thumb-${key}.${language}.png`), 640, 800, 0.5);
    }
}
