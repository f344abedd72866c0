/** Tests that need a process of their own, on the packed package in Node, Deno and Bun. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { node20, node22, node24, node26, restricted, SERVER_RUNTIMES } from './server-runtimes.ts';
import { startedPrograms } from './started-programs.ts';

const programs = startedPrograms();

const GOOD = { code: 0, signal: null, stderr: '' };

for (const runtime of SERVER_RUNTIMES) {
  describe.skipIf(!runtime.present)(runtime.name, () => {
    describe('a process ends by itself with code 0 and never shut down', () => {
      const ways = ['idle', 'unawaited', 'serving', 'used', 'flushed', 'threads'];
      test.each(ways)('%s', async (way) => {
        const program = programs.start(runtime, 'exit', { way });
        // It printed this after its last `await`. The exit code 0 alone would not prove that it got there.
        expect(await program.next()).toHaveProperty('link');
        expect(await program.ended).toEqual(GOOD);
      });
    });

    test("a process ends with the application's own error", async () => {
      const { code, stderr } = await programs.start(runtime, 'exit', { way: 'throws' }).ended;
      expect(code).toBe(1);
      expect(stderr).toContain('of the application');
    });

    describe('what is recorded before the end of the program is kept', () => {
      const persist = () => ({ name: 'jobs', directory: programs.directory });

      test.each([
        ['after the last call', 'persisting', { jobs: 42, events: 0 }],
        ['without any call', 'recording', { jobs: 42, events: 1 }],
      ])('by persist, %s', async (_, way, kept) => {
        expect(await programs.start(runtime, 'exit', { way, persist: persist() }).ended).toEqual(
          GOOD,
        );
        const later = programs.start(runtime, 'exit', { way: 'reading', persist: persist() });
        expect(await later.next()).toEqual(kept);
      });

      test('and nothing is written where nothing was recorded', async () => {
        const program = programs.start(runtime, 'exit', { way: 'unused', persist: persist() });
        expect(await program.ended).toEqual(GOOD);
        expect(await readdir(programs.directory)).toEqual([]);
      });

      test('by an exporter', async () => {
        const destination = join(programs.directory, 'metrics.prom');
        expect(
          await programs.start(runtime, 'exit', { way: 'exporting', destination }).ended,
        ).toEqual(GOOD);
        expect(await readFile(destination, 'utf8')).toContain('\njobs_total 42\n');
      });
    });

    for (const { flag, file, inEnvironment } of runtime.preloads) {
      const way = inEnvironment ? `NODE_OPTIONS=${flag}` : flag;
      test(`a collector that ${way} makes starts no other`, async () => {
        const preloads = join(programs.directory, 'preloads');
        const path = join(programs.project.folder, 'programs', file);
        const program = programs.start(
          {
            command: runtime.command,
            args: inEnvironment ? runtime.args : [...runtime.args, flag, path],
            env: { PRELOADS: preloads, ...(inEnvironment && { NODE_OPTIONS: `${flag}=${path}` }) },
          },
          'preloaded',
        );
        expect(await program.rest()).toEqual([JSON.stringify({ jobs: 2, link: 'shared' })]);
        expect(await program.ended).toEqual(GOOD);
        const threads = (await readFile(preloads, 'utf8')).trim().split('\n');
        expect([...new Set(threads)]).toEqual(['thread 0']);
      });
    }

    test('a read of a cell that another thread writes is never torn', async () => {
      const args = { changes: 2000 };
      const seen = await programs.start(runtime, 'torn-reads', args).next<{ torn: number }>();
      expect(seen.torn).toBe(0);
    });
  });
}

describe('Node without the permission to start workers', () => {
  const node20Flags = ['--experimental-permission', '--no-warnings'];
  const runtimes = [
    restricted(node20, '--permission', [...node20Flags, '--allow-fs-read=*']),
    ...[node22, node24, node26].map((runtime) =>
      restricted(runtime, '--permission', ['--permission', '--allow-fs-read=*']),
    ),
  ];
  for (const runtime of runtimes) {
    test.skipIf(!runtime.present)(
      `${runtime.name}: inline, with one line that says so`,
      async () => {
        const program = programs.start(runtime, 'inline');
        expect(await program.next()).toMatchObject({
          link: 'inline',
          failed: [{ way: 'eval' }],
          counted: true,
        });
        const { code, stderr } = await program.ended;
        expect(code).toBe(0);
        expect(stderr.trim().split('\n')).toEqual([
          expect.stringMatching(
            /^utilityfog-telemetry: using the inline link \(eval: .*restricted/,
          ),
        ]);
      },
    );
  }
});
