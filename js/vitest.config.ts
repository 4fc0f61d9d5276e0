import { defineConfig } from "vitest/config";

// Everything runs in a DOM: the pure modules do not notice, and a document costs less than choosing one by file.
export default defineConfig({ test: { include: ["tests/**/*.test.ts"], environment: "happy-dom", restoreMocks: true } });
