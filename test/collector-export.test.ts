/** Tests a destination that does not answer, such as a file on a network that is gone. */
import { expect, it } from 'vitest';
import { exporting } from '../src/delivery/export.ts';
import { keyDestination } from '../src/delivery/key-destination.ts';
import type { Exposition, Wanted } from '../src/formats/rendering.ts';
import type { Snapshot } from '../src/model.ts';
import type { ExportPlan } from '../src/protocol/requests.ts';
import type { ValueStorage } from '../src/storage/storage.ts';
import { ManualClock, settled } from './collector/manual-clock.ts';

const snapshot = {} as Snapshot;
const planOf = (destination: string): ExportPlan => ({
  exporter: 'JSONExporter',
  format: 'json',
  destination,
});

function made() {
  const clock = new ManualClock();
  const ends: (() => void)[] = [];
  const storage: ValueStorage = {
    put: (destination) =>
      destination === 'gone' ? new Promise<void>((end) => ends.push(end)) : Promise.resolve(),
  };
  /** How many renderings are in use, so that nobody else may use their memory. */
  let held = 0;
  const render = async (): Promise<Exposition> => {
    held++;
    return { pieces: [], contentType: '', done: () => void held-- };
  };
  const choose = () => ({}) as Wanted;
  const run = exporting(clock, async () => ({ choose, render }), [keyDestination(storage)]);
  return { clock, ends, held: () => held, run: (to: string) => run(planOf(to), snapshot) };
}

it('has 60 seconds, and the next export to it fails at once until it has answered', async () => {
  const { clock, ends, held, run } = made();
  const first = run('gone');
  await clock.pass(59);
  const others = await Promise.all([run('here'), run('here')]);
  expect(others.map(({ succeeded }) => succeeded)).toEqual([true, true]);
  await clock.pass(1);
  expect(await first).toEqual({
    succeeded: false,
    error: 'Error: it has not ended after 60 seconds',
  });
  expect(await run('gone')).toEqual({
    succeeded: false,
    error: 'Error: an earlier export to it has not ended',
  });
  expect(await run('here')).toMatchObject({ succeeded: true });
  // What the export still writes is not overwritten.
  expect([ends.length, held()]).toEqual([1, 1]);
  ends[0]!();
  await settled();
  expect(held()).toBe(0);
  const next = run('gone');
  await settled();
  ends[1]!();
  expect(await next).toMatchObject({ succeeded: true });
});
