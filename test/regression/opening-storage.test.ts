/** Tests a worker that dies while it takes over what earlier processes have left. */
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { LINKS, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const script = new URL('../../dist/worker.js', import.meta.url).href;

/** Ends right after it has renamed so many files: its lock, what it claims, its record. */
const endingAfter = (renames: number) =>
  new Worker(
    `const files = require('node:fs/promises');
     const { rename } = files;
     let left = ${renames};
     files.rename = async (from, to) => {
       await rename(from, to);
       if (--left === 0) process.exit();
     };
     import(${JSON.stringify(script)});`,
    { eval: true },
  );

describe.each(LINKS.filter((link) => link !== 'inline'))('storage, %s link', (link) => {
  it.each([1, 2, 3])(
    'is exact although the worker died after step %i of opening it',
    async (step) => {
      const persist = { name: 'app', directory: await makeFolder() };
      const before = makeCollector({ persist });
      before.registerCounter('a_total').increment(100);
      await before.shutdown();
      const collector = makeCollector({ persist, link, worker: () => endingAfter(step) });
      collector.registerCounter('a_total').increment(7);
      expect(await sampleOf(collector, 'a_total')).toBe(107);
      await collector.shutdown();
      const after = makeCollector({ persist });
      after.registerCounter('a_total');
      expect(await sampleOf(after, 'a_total')).toBe(107);
    },
  );
});
