import { describe, expect, it } from 'vitest';
import { ExportSchedule } from '../../src/collector/export-schedule.ts';
import type { ExportOutcome, ExportPlan } from '../../src/protocol/requests.ts';
import { ManualClock, settled } from './manual-clock.ts';

const plan: ExportPlan = { exporter: 'json', format: 'json', destination: 'x' };
const never = () => new Promise<never>(() => {});
const done: ExportOutcome = { succeeded: true };

/** Exports that end when the test says so. */
function manualExports() {
  const ends: (() => void)[] = [];
  const run = () => new Promise<ExportOutcome>((resolve) => void ends.push(() => resolve(done)));
  return { ends, run };
}

describe('the export schedule', () => {
  it('exports at once and then at every interval, until it is removed', async () => {
    const clock = new ManualClock();
    const exported: number[] = [];
    const schedule = new ExportSchedule(clock, async () => {
      exported.push(clock.now());
      return done;
    });
    const id = schedule.add(plan, 30, never, () => {});
    await clock.pass(75);
    expect(exported).toEqual([1000, 1030, 1060]);
    schedule.remove(id);
    schedule.remove(id);
    await clock.pass(75);
    await schedule.runAll();
    expect(exported).toHaveLength(3);
  });

  it('has one export of a kind under way at a time', async () => {
    const clock = new ManualClock();
    const { ends, run } = manualExports();
    const schedule = new ExportSchedule(clock, run);
    schedule.add(plan, 1, never, () => {});
    await clock.pass(10);
    expect(ends).toHaveLength(1);
    ends[0]();
    await clock.pass(1);
    expect(ends).toHaveLength(2);
  });

  it('goes on after an export that failed', async () => {
    const clock = new ManualClock();
    let calls = 0;
    const schedule = new ExportSchedule(clock, async () => {
      calls++;
      throw new Error('no');
    });
    schedule.add(plan, 1, never, () => {});
    await clock.pass(2);
    expect(calls).toBe(3);
    await schedule.runAll();
    expect(calls).toBe(4);
  });

  it('runs all once more after one that began before, since that may not have seen all', async () => {
    const clock = new ManualClock();
    const { ends, run } = manualExports();
    const schedule = new ExportSchedule(clock, never);
    schedule.add(
      undefined,
      60,
      async () => void (await run()),
      () => {},
    );
    let done = false;
    void schedule.runAll().then(() => {
      done = true;
    });
    await settled();
    expect(ends).toHaveLength(1);
    ends[0]();
    await settled();
    expect([ends.length, done]).toEqual([2, false]);
    ends[1]();
    await settled();
    expect(done).toBe(true);
  });

  it('does not wait without end for one that never ends', async () => {
    const clock = new ManualClock();
    const schedule = new ExportSchedule(clock, never);
    schedule.add(plan, 60, never, () => {});
    let done = false;
    void schedule.runAll().then(() => {
      done = true;
    });
    await clock.pass(9);
    expect(done).toBe(false);
    await clock.pass(2);
    expect(done).toBe(true);
  });

  it('waits once for a thread that does not answer, whatever it schedules', async () => {
    const clock = new ManualClock();
    const { ends, run } = manualExports();
    const schedule = new ExportSchedule(clock, run);
    const guest = {};
    schedule.add(undefined, 1e6, never, () => {}, guest);
    const first = schedule.runAll();
    await clock.pass(11);
    expect(await first).toEqual([expect.stringContaining('1 exports')]);
    schedule.add(undefined, 1e6, never, () => {}, guest);
    // This takes no time.
    expect(await schedule.runAll()).toEqual([expect.stringContaining('2 exports')]);
    // Exports of other threads are still waited for.
    schedule.add(plan, 1e6, never, () => {}, {});
    const others = schedule.runAll();
    await settled();
    for (const end of ends.splice(0)) end();
    await settled();
    for (const end of ends.splice(0)) end();
    expect(await others).toEqual([expect.stringContaining('2 exports')]);
  });
});
