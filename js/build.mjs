/**
 * Bundles the front end into the Python package: `sse_widget/static/widget.js` (one ES module, no imports left) and `widget.css`; and
 * what is heavy and not always needed (`src/lazy/`), a module each, which the page asks the kernel for.
 *
 * `node build.mjs`        minified; prints the sizes and fails above the budget, because the bundle is saved with every widget.
 * `node build.mjs --dev`  not minified, rebuilt at every change, and `src/dev.html` (the page without a kernel) served on a loopback
 *                         port; there `dev.js` and `widget.css` stand beside `dev.html` without being written to disk.
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

/** Bytes of widget.js and widget.css together, minified, everything included. */
const BUDGET = 250 * 1024;
/** Modules of `src/lazy/`: in the wheel, and not in that budget. */
const LAZY = ["charts", "code", "grid", "keep", "lanes", "math", "rule", "theatre"];
/** The page as a file of its own, which `Recording.to_html` writes: it has all of the front end in it once more. */
const STANDALONE = "standalone";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src");
const output = join(here, "..", "sse_widget", "static");
const dev = process.argv.includes("--dev");

/** Packages that markdown-it brings and that we do without; the tests run on the same (`vitest.config.ts`). */
const LEAN = ["entities", "linkify-it", "mdurl", "punycode.js", "uc.micro"];

/** @type {import("esbuild").BuildOptions} */
const common = {
  alias: Object.fromEntries(LEAN.map((name) => [name, join(source, "markdown", "lean", `${name}.ts`)])),
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome125", "firefox128", "safari17.5"],
  charset: "utf8",
  legalComments: "none",
  minify: !dev,
  logLevel: "info",
};
const widget = {
  ...common,
  entryPoints: [
    { in: join(source, "index.ts"), out: "widget" },
    { in: join(source, "styles", "index.css"), out: "widget" },
  ],
  outdir: output,
};

async function buildOnce() {
  await mkdir(output, { recursive: true });
  const version = await buildLazy();
  await build({ ...widget, define: { ASSETS_VERSION: JSON.stringify(version) }, logLevel: "warning" });
  await build({
    ...common,
    format: "iife",
    entryPoints: [{ in: join(source, `${STANDALONE}.ts`), out: STANDALONE }],
    outdir: output,
    define: { ASSETS_VERSION: JSON.stringify(version) },
    logLevel: "warning",
  });
  let total = 0;
  for (const name of ["widget.js", "widget.css"]) {
    const { size } = await stat(join(output, name));
    total += size;
    console.log(`${name.padEnd(12)}${kilobytes(size)}`);
  }
  console.log(`${"together".padEnd(12)}${kilobytes(total)} of ${kilobytes(BUDGET).trim()} allowed`);
  if (total > BUDGET) {
    console.error("The bundle is over its budget: it is saved with every widget of every notebook.");
    process.exitCode = 1;
  }
}

/** Build the modules that are loaded late. Returns what tells these ones from those of another version. */
async function buildLazy() {
  await build({
    ...common,
    entryPoints: LAZY.map((name) => ({ in: join(source, "lazy", `${name}.ts`), out: name })),
    outdir: output,
    logLevel: "warning",
  });
  const hash = createHash("sha256");
  for (const name of LAZY) {
    const bytes = await readFile(join(output, `${name}.js`));
    hash.update(bytes);
    console.log(`${`${name}.js`.padEnd(12)}${kilobytes(bytes.length)}, when it is needed`);
  }
  return hash.digest("hex").slice(0, 12);
}

async function watch() {
  await mkdir(output, { recursive: true });
  await buildLazy();
  await (await context(widget)).watch();
  if (!existsSync(join(source, "dev.ts"))) return;
  const page = await context({
    ...common,
    entryPoints: [
      { in: join(source, "dev.ts"), out: "dev" },
      { in: join(source, "styles", "index.css"), out: "widget" },
    ],
    outdir: source,
    write: false,
    sourcemap: "inline",
  });
  const { port } = await page.serve({ servedir: source, host: "127.0.0.1" });
  console.log(`http://127.0.0.1:${port}/dev.html`);
}

function kilobytes(size) {
  return `${(size / 1024).toFixed(1).padStart(8)} KB`;
}

await (dev ? watch() : buildOnce());
