import { availableParallelism } from 'node:os';
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
    // Most tests wait for other programs, so two at a time are faster, even on one processor.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // What hangs is ended; what is only slow, on a machine that has other things to do, is not. So a
    // test with a limit of its own has a longer one, and none waits for less than what it awaits.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
  },
};
