import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: {
      // What is tested is what is published.
      'utilityfog-telemetry': fileURLToPath(new URL('dist/node.js', import.meta.url)),
    },
  },
  test: {
    include: ['test/**/*.test.ts'],
    server: { deps: { external: [/\/dist\//] } },
    reporters: ['default', 'json'],
    outputFile: { json: '.parts/vitest.json' },
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
