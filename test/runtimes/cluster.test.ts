/** Tests processes that join their primary process, on the packed package in Node, Deno and Bun. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Program, startProgram } from './program.ts';
import { makeProject, type Project } from './project.ts';
import { SERVER_RUNTIMES } from './server-runtimes.ts';

let project: Project;
const started: Program[] = [];

beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project?.remove());
afterEach(async () => {
  const programs = started.splice(0);
  for (const program of programs) program.kill('SIGKILL');
  await Promise.all(programs.map(({ ended }) => ended));
});

const GOOD = { code: 0, signal: null, stderr: '' };

for (const runtime of SERVER_RUNTIMES) {
  describe.skipIf(!runtime.present)(runtime.name, () => {
    const run = async (way: string, serialization: string) => {
      const program = startProgram(runtime, project, 'cluster', { way, serialization });
      started.push(program);
      const result = await program.next();
      expect(await program.ended).toEqual(GOOD);
      return result;
    };

    describe.each(['json', 'advanced'])('with the serialization %s', (serialization) => {
      // If something holds the child open, the test times out.
      test.each(['ends', 'flushes', 'listens'])('a process that %s hands over all', async (way) => {
        expect(await run(way, serialization)).toEqual({ exit: [0, null], jobs: 21 });
      });

      test('workers of node:cluster add up, also those that are killed or leave', async () => {
        const total = { before: { jobs: 42, up: 2 }, jobs: 42 };
        expect(await run('worker', serialization)).toEqual(total);
      });
    });

    test('a process ends by itself although nobody answers it', async () => {
      expect(await run('unanswered', 'json')).toEqual({ exit: [3, null] });
    });
  });
}
