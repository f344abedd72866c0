/** Tests that take longer than a moment, on the oldest Node and on one that is in wide use. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Program, runProgram, startProgram } from './program.ts';
import { makeProject, type Project } from './project.ts';
import { node20, node24 } from './server-runtimes.ts';

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project?.remove());

/** Returns the value of a counter or gauge without labels; NaN if there is none. */
function sample(exposition: string, name: string): number {
  const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(exposition);
  return Number(found?.[1].replace('Inf', 'Infinity'));
}

async function scrape(url: string): Promise<string> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return response.text();
}

for (const node of [node20, node24]) {
  describe.skipIf(!node.present)(`the package on ${node.name}`, () => {
    let directory: string;
    const started: Program[] = [];
    const start = (program: string, args: object) => {
      const process = startProgram(node, project, program, args);
      started.push(process);
      return process;
    };

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'telemetry-'));
    });
    afterEach(async () => {
      for (const program of started.splice(0)) program.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    });

    describe('persist', () => {
      const life = (add: number, end: string) => ({ name: 'jobs', directory, add, end });
      const live = (add: number, end: string) =>
        runProgram<{ jobs: number; sizes: number }>(node, project, 'persist', life(add, end));

      test('survives a restart after shutdown()', async () => {
        expect(await live(5, 'shutdown')).toEqual({ jobs: 5, sizes: 5 });
        expect(await live(3, 'shutdown')).toEqual({ jobs: 8, sizes: 8 });
        expect(await live(0, 'shutdown')).toEqual({ jobs: 8, sizes: 8 });
      });

      test('survives SIGKILL after a collection run', async () => {
        const first = start('persist', life(1000, 'killed'));
        expect(await first.next()).toEqual({ jobs: 1000, sizes: 1000 });
        first.kill('SIGKILL');
        expect((await first.ended).signal).toBe('SIGKILL');
        expect(await live(0, 'shutdown')).toEqual({ jobs: 1000, sizes: 1000 });
      });

      test('SIGKILL loses at most what came after the last run', async () => {
        const first = start('persist', life(1000, 'killsItself'));
        expect(await first.next()).toEqual({ jobs: 1000, sizes: 1000 });
        expect((await first.ended).signal).toBe('SIGKILL');
        const { jobs } = await live(0, 'shutdown');
        expect(jobs).toBeGreaterThanOrEqual(1000);
        expect(jobs).toBeLessThanOrEqual(1007);
      });

      test('two processes at once overwrite nothing, a third start sees the sum', async () => {
        expect(await live(1, 'shutdown')).toEqual({ jobs: 1, sizes: 1 });
        const both = [
          start('persist', life(10, 'together')),
          start('persist', life(200, 'together')),
        ];
        const atStart = await Promise.all(both.map((one) => one.next<{ jobs: number }>()));
        // Exactly one of them has what the process before left.
        expect(atStart[0].jobs + atStart[1].jobs).toBe(1);

        for (const one of both) one.go();
        const recorded = await Promise.all(both.map((one) => one.next<{ jobs: number }>()));
        expect(recorded[0].jobs + recorded[1].jobs).toBe(211);
        // Others do not get what belongs to living processes.
        expect(await live(0, 'shutdown')).toEqual({ jobs: 0, sizes: 0 });

        for (const one of both) one.go();
        const ends = await Promise.all(both.map((one) => one.ended));
        expect(ends.map(({ code }) => code)).toEqual([0, 0]);
        expect(await live(0, 'shutdown')).toEqual({ jobs: 211, sizes: 211 });
      });

      test('one of two killed, the other still alive: a third start takes over', async () => {
        const both = [start('persist', life(10, 'killed')), start('persist', life(200, 'killed'))];
        await Promise.all(both.map((one) => one.next()));
        both[0].kill('SIGKILL');
        await both[0].ended;
        expect(await live(0, 'shutdown')).toEqual({ jobs: 10, sizes: 10 });
      });
    });

    test('serve() answers with rising values while the main thread is stuck', async () => {
      const stopFile = join(directory, 'stop');
      const program = start('busy', { stopFile });
      const { url } = await program.next<{ url: string }>();
      const turns: number[] = [];
      let stall = 0;
      // It scrapes again and again until the watchdog has noticed that the main thread is stuck, and a value has risen. On a
      // busy machine the first answer may come late.
      while (!(stall > 2 && turns.at(-1)! > turns[0]!)) {
        const text = await scrape(url);
        turns.push(sample(text, 'turns_total'));
        stall = sample(text, 'telemetry_main_thread_stall_seconds');
      }
      await writeFile(stopFile, '');
      const end = await program.next<{ turns: number }>();
      expect((await program.ended).code).toBe(0);

      for (let i = 1; i < turns.length; i++) expect(turns[i]).toBeGreaterThanOrEqual(turns[i - 1]);
      expect(end.turns).toBeGreaterThanOrEqual(turns[turns.length - 1]);
    });

    describe('five threads record into the same series', () => {
      const increments = 10_000_000;
      const observations = 100_000;

      test.each(['shared', 'message'])('without a loss, over the %s link', async (link) => {
        const program = start('threads', { link, increments, observations });
        const { url } = await program.next<{ url: string }>();
        const expositions = [await scrape(url)];
        program.go();
        const totals = program.next<Record<string, unknown>>();
        let recording = true;
        totals.finally(() => (recording = false)).catch(() => {});
        while (recording) expositions.push(await scrape(url));
        expositions.push(await scrape(url));

        expect(await totals).toEqual({
          operations: 5 * increments,
          durations: 5 * observations,
          // The durations are (i % 4) / 20: 0, 0.05, 0.1 and 0.15, equally often.
          buckets: { 0.001: 125_000, 0.01: 125_000, 0.1: 375_000, '+Inf': 500_000 },
          // The value of the main thread. Those of the threads that ended are gone.
          gauge: 1,
        });
        const operations = expositions.map((text) => sample(text, 'operations_total'));
        expect(operations.at(-1)).toBe(5 * increments);
        for (let i = 1; i < operations.length; i++) {
          expect(operations[i]).toBeGreaterThanOrEqual(operations[i - 1]);
        }
        // Otherwise the scrapes were not concurrent with the recording and prove nothing.
        if (link === 'shared') {
          const between = operations.filter((value) => value > 0 && value < 5 * increments);
          expect(new Set(between).size).toBeGreaterThan(1);
        }
        for (const text of expositions) {
          const count = sample(text, 'operation_duration_seconds_count');
          const inf = sample(text, 'operation_duration_seconds_bucket\\{le="\\+Inf"\\}');
          expect(count).toBe(inf);
          expect(count).not.toBeNaN();
        }
        program.go();
        expect(await program.ended).toEqual({ code: 0, signal: null, stderr: '' });
      });
    });

    test('the three links give equal results', async () => {
      interface Output {
        link: string;
        exposition: string[];
        events: unknown[];
      }
      const links = ['shared', 'message', 'inline'];
      const run = (link: string) => runProgram<Output>(node, project, 'links', { link });
      const [shared, message, inline] = await Promise.all(links.map(run));
      expect([shared.link, message.link, inline.link]).toEqual(links);
      expect(shared.exposition.length).toBeGreaterThan(50);
      expect(shared.events).toHaveLength(2);
      expect(message).toEqual({ ...shared, link: 'message' });
      expect(inline).toEqual({ ...shared, link: 'inline' });
    });
  });
}
