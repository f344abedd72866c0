/** A page that was left while its storage was being opened lost its history: the tail that it had written was emptied. */
import { expect, it } from 'vitest';
import { clock } from '../../src/platform/clock.ts';
import { makePast, start } from '../history/past.ts';

it.each(['before storage is open', 'while owners are claimed'])(
  'what a page has recorded is kept if it is left %s',
  async (when) => {
    const { collector, read } = await makePast();
    collector.registerCounter('jobs_total').increment();
    const snapshot = await read();
    const isEarly = when === 'before storage is open';
    const written: number[] = [];
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const blobs = {
      owners: [],
      async claim() {
        if (!isEarly) await part.save!();
        return [];
      },
      async put(_: string, value: readonly unknown[]) {
        written.push(value.length);
      },
      async close() {},
    };
    const host = {
      ...{ clock, fail() {}, part: () => undefined, every: () => () => {} },
      blobs: async () => {
        await opened;
        return blobs;
      },
    };
    const config = { retention: 3600, maxBytes: 60e6, labels: {} };
    const part = await start(host, config);
    part.sampled!({ ...snapshot, timestamp: Date.now() / 1000 });
    const saved = isEarly ? part.save!() : undefined;
    open();
    await (saved ?? part.flush!());
    // The first write is of the owner, and has nothing in it.
    expect(written[0]).toBe(0);
    expect(written.slice(1).every((pieces) => pieces > 0)).toBe(true);
    expect(written.length).toBe(isEarly ? 2 : 3);
  },
);
