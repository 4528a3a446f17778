// Bundles style, script and the icon sprite into wwwroot/dist under names that carry a hash of their content, each with a Brotli and a gzip
// twin, and writes manifest.json: plain name -> { file, gzip, brotli, imports }, sizes in bytes, imports being the files a script needs at once.
// app.js is what every page loads; each file of islands/ becomes a chunk of its own that app.js imports when a page has such an island, and
// styles that only one island needs are fetched with it (`import url from "./editor.css?url"`).
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { basename, dirname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../wwwroot/dist");
const shared = {
  bundle: true,
  minify: true,
  write: false,
  target: ["es2022", "chrome110", "firefox115", "safari16"],
  legalComments: "none",
  logLevel: "warning",
  loader: { ".svg": "dataurl", ".woff2": "dataurl" },
};

/** Plain name -> { file, bytes, imports }. */
const files = new Map();

function keep(name, bytes, file, imports = []) {
  files.set(name, { file, bytes, imports });
  return file;
}

function hashed(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  return name.replace(/\.(?=[^.]+$)/, `-${hash}.`);
}

/** One SVG sprite of the icons named in icons.txt, so that a page carries references only. */
function sprite() {
  const names = new Set(readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter((name) => name !== ""));
  const symbols = [...names].map((name) => {
    const svg = readFileSync(join(here, "node_modules/@tabler/icons/icons/outline", `${name}.svg`), "utf8");
    const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    const shapes = inner.replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/\s+/g, " ").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
  });
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

async function bundle(entry, options = {}) {
  const result = await build({ ...shared, entryPoints: [entry], format: "iife", ...options });
  return Buffer.from(result.outputFiles[0].contents);
}

/** `import islands from "islands:"`: one lazy import per file of islands/, under the name of the file. */
const islands = {
  name: "islands",
  setup(on) {
    on.onResolve({ filter: /^islands:$/ }, () => ({ path: "islands", namespace: "islands" }));
    on.onLoad({ filter: /.*/, namespace: "islands" }, () => ({
      contents: `export default {${readdirSync(join(here, "islands"))
        .filter((file) => file.endsWith(".ts"))
        .sort()
        .map((file) => `${JSON.stringify(basename(file, ".ts"))}: () => import("./islands/${file}")`)
        .join(",")}};`,
      resolveDir: here,
    }));
  },
};

/** `import url from "./x.css?url"`: bundles the style on its own and gives its address. */
const styleUrls = {
  name: "style-urls",
  setup(on) {
    on.onResolve({ filter: /\.css\?url$/ }, async (wanted) => {
      const found = await on.resolve(wanted.path.slice(0, -"?url".length), { resolveDir: wanted.resolveDir, kind: "import-statement" });
      return { path: found.path, namespace: "style-url", errors: found.errors };
    });
    on.onLoad({ filter: /.*/, namespace: "style-url" }, async (style) => {
      const name = basename(style.path);
      const bytes = await bundle(style.path);
      return { contents: `export default ${JSON.stringify(`/assets/${keep(name, bytes, hashed(name, bytes))}`)};`, loader: "js" };
    });
  },
};

async function scripts() {
  const result = await build({
    ...shared,
    entryPoints: [join(here, "app.ts")],
    outdir: out,
    format: "esm",
    splitting: true,
    metafile: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    plugins: [islands, styleUrls],
  });
  const outputs = Object.entries(result.metafile.outputs);
  for (const [path, output] of outputs) {
    const file = basename(path);
    // Only app.js and the islands have names of their own; shared chunks and packages keep their hash to be told apart.
    const entry = output.entryPoint ?? "";
    const name = /(^|\/)(app|islands\/[^/]+)\.ts$/.test(entry) ? `${basename(entry, ".ts")}.js` : file;
    const bytes = Buffer.from(result.outputFiles.find((made) => basename(made.path) === file).contents);
    const imports = output.imports.filter((used) => used.kind === "import-statement").map((used) => basename(used.path));
    keep(name, bytes, file, imports);
  }
}

await scripts();
for (const [name, bytes] of [
  ["app.css", await bundle(join(here, "app.css"))],
  ["theme.js", await bundle(join(here, "theme.ts"))],
  ["reference.js", await bundle(join(here, "reference.ts"))],
  ["icons.svg", sprite()],
]) {
  keep(name, bytes, hashed(name, bytes));
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const manifest = {};
for (const [name, { file, bytes, imports }] of files) {
  const gzip = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  manifest[name] = { file, gzip: gzip.length, brotli: brotli.length, imports };
  writeFileSync(join(out, file), bytes);
  writeFileSync(join(out, `${file}.gz`), gzip);
  writeFileSync(join(out, `${file}.br`), brotli);
}
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 2));
