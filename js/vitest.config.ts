import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Packages that markdown-it brings and that we do without: as in `build.mjs`, so that what is tested is what is built. */
const LEAN = ["entities", "linkify-it", "mdurl", "punycode.js", "uc.micro"];
const alias = LEAN.map((name) => ({
  find: new RegExp(`^${name.replace(".", "\\.")}$`),
  replacement: fileURLToPath(new URL(`src/markdown/lean/${name}.ts`, import.meta.url)),
}));

// Everything runs in a DOM: the pure modules do not notice, and a document costs less than choosing one by file.
export default defineConfig({
  resolve: { alias },
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "happy-dom",
    restoreMocks: true,
    testTimeout: 120_000, // a bound for what never ends, also on a busy machine
    server: { deps: { inline: ["markdown-it"] } },
  },
});
