import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('dist/', import.meta.url));

// Not through `defineConfig`: Vitest is below test/, and this file is not.
export default {
  resolve: {
    // What is tested is what is published.
    alias: [
      { find: /^utilityfog-telemetry$/, replacement: `${dist}node.js` },
      { find: /^utilityfog-telemetry\/(.*)$/, replacement: `${dist}$1.js` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    server: { deps: { external: [/\/dist\//] } },
    reporters: ['default', 'json'],
    outputFile: { json: '.parts/vitest.json' },
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
};
