/** Tests when groups are evaluated, with a clock that the test moves. */
import { describe, expect, it } from 'vitest';
import { Schedule } from '../../src/features/alerting/schedule.ts';
import { ManualClock, settled } from '../collector/manual-clock.ts';

function scheduled(interval: number, key = 'k') {
  const clock = new ManualClock();
  const schedule = new Schedule(clock);
  const runs: [number, number][] = [];
  let hold: Promise<void> | undefined;
  const run = async (time: number, missed: number) => {
    runs.push([time, missed]);
    await hold;
  };
  schedule.add({ interval, key, run });
  return {
    ...{ clock, schedule, runs },
    hold(until: Promise<void>) {
      hold = until;
    },
  };
}

describe('a group is evaluated', () => {
  it('at the same moments of its interval', async () => {
    const { clock, runs } = scheduled(10_000);
    await clock.pass(35);
    expect(runs.length).toBeGreaterThanOrEqual(3);
    const [[first]] = runs as [[number, number]];
    expect(runs).toEqual(runs.map((_, i) => [first + i * 10_000, 0]));
    const again = scheduled(10_000);
    await again.clock.pass(3.3);
    await again.clock.pass(31.7);
    expect(again.runs).toEqual(runs);
  });

  it('at other moments than others', async () => {
    const firsts = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const { clock, runs } = scheduled(10_000, `group ${i}`);
        await clock.pass(10);
        return runs[0]![0];
      }),
    );
    expect(new Set(firsts).size).toBeGreaterThan(15);
  });

  it('never twice at a time, and what was passed over is counted', async () => {
    const { clock, runs, hold, schedule } = scheduled(10_000);
    let go!: () => void;
    hold(new Promise((resolve) => (go = resolve)));
    await clock.pass(35);
    schedule.look();
    expect(runs.length).toBe(1);
    go();
    await settled();
    await clock.pass(0);
    expect(runs[1]).toEqual([runs[0]![0] + 20_000, 1]);
    await clock.pass(10);
    expect(runs[2]).toEqual([runs[0]![0] + 30_000, 0]);
  });

  it('when somebody looks, if timers have not run', async () => {
    const { clock, schedule, runs } = scheduled(10_000);
    clock.now = () => 1025;
    schedule.look();
    expect(runs).toHaveLength(1);
    expect(runs[0]![1]).toBeGreaterThanOrEqual(1);
    schedule.look();
    expect(runs).toHaveLength(1);
  });

  it('soon again after the clock was set back', async () => {
    const { clock, runs } = scheduled(10_000);
    await clock.pass(20);
    const before = runs.length;
    const now = clock.now.bind(clock);
    clock.now = () => now() - 900;
    await clock.pass(20);
    expect(runs.length).toBeGreaterThan(before);
    expect(runs.at(-1)![0]).toBeLessThan(200_000);
  });

  it('no more after the end', async () => {
    const { clock, schedule, runs } = scheduled(10_000);
    schedule.close();
    await clock.pass(100);
    expect(runs).toEqual([]);
  });
});
