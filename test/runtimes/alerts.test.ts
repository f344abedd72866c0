/** Tests alerts of the packed package that a stuck or restarted process must not lose, in Node, Deno and Bun. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { receiver, status } from '../exporters/http-server.ts';
import { bun, deno, node20, node26 } from './server-runtimes.ts';
import { startedPrograms } from './started-programs.ts';

const programs = startedPrograms();

/** Any alert that is there while the thread is stuck: over the link `message` no new counts come. */
const STUCK = `groups:
  - name: stuck
    interval: 100ms
    rules:
      - alert: Stuck
        expr: telemetry_main_thread_stall_seconds > 1
      - alert: Turning
        expr: increase(turns_total[500ms]) > 0
`;
const TURNS = (hold: string) => `groups:
  - name: turns
    interval: 100ms
    rules:
      - record: turns:sum
        expr: sum(turns_total)
      - alert: Turns
        expr: turns:sum > 0
        for: ${hold}
`;

interface Change {
  readonly state: string;
  readonly activeAt: number;
}
interface Times {
  readonly evaluated: readonly number[];
  readonly firing: readonly number[];
}

for (const runtime of [node20, node26, deno, bun]) {
  describe.skipIf(!runtime.present)(runtime.name, () => {
    const start = (args: object) => {
      const program = programs.start(runtime, 'alerts', args);
      return program;
    };

    test.each([
      ['shared', ['Stuck', 'Turning']],
      ['message', ['Stuck']],
    ])('alerts are sent while the main thread is stuck, %s link', async (link, alerts) => {
      const { url, received } = await receiver(status(200));
      const stopFile = join(programs.directory, 'stop');
      const program = start({ link, rules: STUCK, url, stopFile });
      expect(await program.next()).toEqual({ link });
      const names = () =>
        received.map(({ body }) => JSON.parse(body.toString()).groupLabels.alertname);
      await expect.poll(() => [...new Set(names())].sort()).toEqual(alerts);
      await writeFile(stopFile, '');
      // The thread of the application was not needed: it has heard nothing before.
      expect(await program.next()).toEqual({ toldBefore: 0, turns: expect.any(Number) });
      expect(await program.ended).toEqual({ code: 0, signal: null, stderr: '' });
    });

    test('an alert that is pending goes on counting in the next process', async () => {
      const persist = { name: 'alerts', directory: programs.directory };
      // However slow the machine is, it does not fire in the first process.
      const first = start({ rules: TURNS('1h'), persist });
      const { state, activeAt } = await first.next<Change>();
      expect(state).toBe('pending');
      first.go();
      await first.ended;
      const began = Date.now() / 1000;
      const second = start({ rules: TURNS('2s'), persist });
      expect(await second.next()).toEqual({ state: 'firing', activeAt });
      second.go();
      const { evaluated, firing } = await second.next<Times>();
      expect(evaluated).toContain(activeAt);
      const isDue = (time: number) => time > began && Math.round((time - activeAt) * 1000) >= 2000;
      expect(firing[0]).toBe(evaluated.find(isDue));
      expect(await second.ended).toEqual({ code: 0, signal: null, stderr: '' });
    });
  });
}
