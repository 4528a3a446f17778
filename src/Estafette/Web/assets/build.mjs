// Bundles style, script and the icon sprite into wwwroot/dist under names that carry a hash of their content, each with a Brotli and a gzip
// twin, and writes manifest.json, which maps the plain name to the hashed one.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../wwwroot/dist");

/** One SVG sprite of the icons named in icons.txt, so that a page carries references only. */
function sprite() {
  const symbols = readFileSync(join(here, "icons.txt"), "utf8")
    .split("\n")
    .filter((name) => name !== "")
    .map((name) => {
      const svg = readFileSync(join(here, "node_modules/@tabler/icons/icons/outline", `${name}.svg`), "utf8");
      const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
      const shapes = inner.replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/\s+/g, " ").trim();
      return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
    });
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

async function bundle(entry) {
  const result = await build({
    entryPoints: [join(here, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["es2022", "chrome110", "firefox115", "safari16"],
    legalComments: "none",
    logLevel: "warning",
  });
  return Buffer.from(result.outputFiles[0].contents);
}

const files = {
  "app.css": await bundle("app.css"),
  "app.js": await bundle("app.ts"),
  "theme.js": await bundle("theme.ts"),
  "icons.svg": sprite(),
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const manifest = {};
for (const [name, bytes] of Object.entries(files)) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const hashed = name.replace(".", `-${hash}.`);
  manifest[name] = hashed;
  writeFileSync(join(out, hashed), bytes);
  writeFileSync(join(out, `${hashed}.gz`), gzipSync(bytes, { level: 9 }));
  writeFileSync(join(out, `${hashed}.br`), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 2));
