/** Tests that `serve({ keepAlive: true })` keeps a process open, on the packed package in Node, Deno and Bun. */
import { expect, test } from 'vitest';
import { bun, deno, node20, SERVER_RUNTIMES } from './server-runtimes.ts';
import { startedPrograms } from './started-programs.ts';

const programs = startedPrograms();

const CASES = [
  ...SERVER_RUNTIMES.map((runtime) => ({ runtime, until: 'close', link: 'shared' })),
  ...[node20, deno, bun].map((runtime) => ({ runtime, until: 'shutdown', link: 'shared' })),
  { runtime: node20, until: 'shutdown', link: 'inline' },
];

for (const { runtime, until, link } of CASES) {
  const title = `${runtime.name}: a process that only serves stays open until ${until}(), ${link} link`;
  // The second listener cannot have the port. If it holds the process open nevertheless, the test times out.
  test.skipIf(!runtime.present)(title, async () => {
    const program = programs.start(runtime, 'keep-alive', { until, link });
    expect(await program.next()).toEqual({ again: 'cannot_serve' });
    expect(await program.next()).toEqual({ status: 200 });
    expect(await program.ended).toEqual({ code: 0, signal: null, stderr: '' });
  });
}
