/**
 * Tests a destination from outside the library. It needs only the contract, and a place in the collector's
 * list.
 */
import { describe, expect, it } from 'vitest';
import type { Destination, DestinationKind, Receipt } from '../../src/delivery/destination.ts';
import { type Destinations, exporting } from '../../src/delivery/export.ts';
import { noDestination } from '../../src/delivery/no-destination.ts';
import type { Wanted } from '../../src/formats/rendering.ts';
import type { Snapshot } from '../../src/model.ts';
import { destinationsHere } from '../../src/places/storage-here.ts';
import type { ExportPlan } from '../../src/protocol/requests.ts';
import { assembledCollector } from '../collector/assembled-collector.ts';
import { ManualClock, settled } from '../collector/manual-clock.ts';

interface Attempt {
  readonly to: string;
  readonly text: string;
  readonly contentType: string;
  readonly at: number;
  readonly signal: AbortSignal;
}

/** A receiver that answers attempts one after the other as it is told, and then accepts everything. */
function receiver(...answers: ((signal: AbortSignal) => Receipt | Promise<Receipt>)[]) {
  const attempts: Attempt[] = [];
  const kind: DestinationKind = {
    name: 'push',
    open: ({ destination }): Destination => ({
      target: destination,
      async send(body, { contentType }, signal) {
        const text = await new Blob([...body] as BlobPart[]).text();
        attempts.push({ to: destination, text, contentType, at: performance.now(), signal });
        return answers.shift()?.(signal) ?? { ok: true };
      },
    }),
  };
  return { attempts, kind };
}

const PLAN: ExportPlan = {
  exporter: 'own',
  format: 'prometheus',
  destination: 'https://example.com/push',
  via: 'push',
};

/** Makes a collector with one more kind of destination. */
async function collectorWith(kind: DestinationKind) {
  const { session, log } = await assembledCollector({
    destinations: [...destinationsHere(), kind],
  });
  const exposition = async () =>
    new TextDecoder().decode((await session.render({ format: 'prometheus' })).body);
  return { session, log, exposition };
}

describe('a destination from outside', () => {
  it('is sent what was asked for, and again after failures, as late as it says', async () => {
    const { attempts, kind } = receiver(
      () => {
        throw new Error('the connection was reset');
      },
      () => ({ ok: false, reason: 'busy', retryAfter: 0.6 }),
    );
    const { session, log, exposition } = await collectorWith(kind);
    expect(await session.runExport(PLAN)).toEqual({ succeeded: true });
    const [first, second, third, ...others] = attempts;
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      to: 'https://example.com/push',
      text: expect.stringMatching(/^telemetry_metrics_count \d+$/m),
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
    });
    expect([second.text, third.text]).toEqual([first.text, first.text]);
    // Timers may fire a millisecond early.
    expect(third.at - second.at).toBeGreaterThan(598);
    expect(log).toEqual([]);
    const succeeded = 'telemetry_exports_total{exporter="own",outcome="success"} 1\n';
    expect(await exposition()).toContain(succeeded);
  });

  it('is asked once where it says that no other attempt can succeed', async () => {
    const { attempts, kind } = receiver(() => ({ ok: false, reason: 'too old', drop: true }));
    const { session, log, exposition } = await collectorWith(kind);
    const plan = { ...PLAN, format: 'json' };
    expect(await session.runExport(plan)).toEqual({ succeeded: false, error: 'too old' });
    expect(attempts).toMatchObject([{ contentType: 'application/json; charset=utf-8' }]);
    expect(log).toEqual(['own export to https://example.com/push failed: too old']);
    const failed = 'telemetry_exports_total{exporter="own",outcome="failure"} 1\n';
    expect(await exposition()).toContain(failed);
  });

  it('can be scheduled', async () => {
    const { attempts, kind } = receiver();
    const { session } = await collectorWith(kind);
    await session.schedule(PLAN, 3600, 1);
    await expect.poll(() => attempts.length).toBe(1);
    expect(await session.flush()).toMatchObject({ exported: true });
    expect(attempts).toHaveLength(2);
  });

  it('is unknown to collectors that were not given it, which say what they have', async () => {
    const { session } = await collectorWith(noDestination('not here'));
    expect(await session.runExport(PLAN)).toEqual({
      succeeded: false,
      error: 'RangeError: nothing is sent by "push" here; there are file, http, log, nowhere',
    });
  });
});

describe('an export', () => {
  const { via, ...anywhere } = PLAN;

  function made(...kinds: Destinations) {
    const clock = new ManualClock();
    let held = 0;
    const render = async () => {
      held++;
      return { pieces: [], contentType: 'text/x', done: () => void held-- };
    };
    const choose = () => ({}) as Wanted;
    const runExport = exporting(clock, async () => ({ choose, render }), kinds);
    return { clock, held: () => held, run: (plan: ExportPlan) => runExport(plan, {} as Snapshot) };
  }

  it('that is given up after 60 seconds aborts, is not tried again, and keeps no other out', async () => {
    const { attempts, kind } = receiver(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    );
    const { clock, held, run } = made(kind);
    const first = run(PLAN);
    await clock.pass(59);
    expect(attempts.map(({ signal }) => signal.aborted)).toEqual([false]);
    await clock.pass(1);
    expect(await first).toEqual({
      succeeded: false,
      error: 'Error: it has not ended after 60 seconds',
    });
    expect(attempts.map(({ signal }) => signal.aborted)).toEqual([true]);
    await clock.pass(60);
    expect([attempts.length, held()]).toEqual([1, 0]);
    expect(await run(PLAN)).toEqual({ succeeded: true });
  });

  it('does not wait for longer than it has', async () => {
    const busy = () => ({ ok: false, reason: 'busy', retryAfter: 40 }) as const;
    const { attempts, kind } = receiver(busy, busy);
    const { clock, held, run } = made(kind);
    let outcome: unknown;
    void run(PLAN).then((ended) => (outcome = ended));
    await clock.pass(39);
    expect(attempts).toHaveLength(1);
    await clock.pass(1);
    expect(attempts).toHaveLength(2);
    await settled();
    expect(outcome).toEqual({ succeeded: false, error: 'busy' });
    expect(held()).toBe(0);
  });

  it('goes to the first kind unless the plan names another, whatever is called alike', async () => {
    const { attempts, kind } = receiver(() => new Promise<Receipt>(() => {}));
    const { clock, run } = made(noDestination('there is nothing'), kind);
    expect(await run(anywhere)).toEqual({ succeeded: false, error: 'there is nothing' });
    expect(attempts).toEqual([]);
    const stuck = run(PLAN);
    await clock.pass(60);
    await stuck;
    expect(await run(PLAN)).toMatchObject({ error: expect.stringContaining('an earlier export') });
    expect(await run(anywhere)).toMatchObject({ error: 'there is nothing' });
  });

  it('goes to the storage of the application unless the plan names a kind', async () => {
    const { attempts, kind } = receiver();
    const written: unknown[][] = [];
    const storage = {
      durability: { durable: true },
      put: async (...what: unknown[]) => void written.push(what),
    };
    const clock = new ManualClock();
    const body = [new Uint8Array(3)];
    const render = async () => ({ pieces: body, contentType: 'text/x' });
    const choose = () => ({}) as Wanted;
    const run = exporting(clock, async () => ({ choose, render }), [kind]);
    const plan = { ...anywhere, file: '/the/same/as/a/path', mode: 0o640 };
    expect(await run(plan, {} as Snapshot, storage)).toEqual({
      succeeded: true,
      durability: { durable: true },
    });
    expect(written).toEqual([['https://example.com/push', body, { mode: 0o640 }]]);
    expect(attempts).toEqual([]);
    expect(await run(PLAN, {} as Snapshot, storage)).toEqual({ succeeded: true });
    expect([written.length, attempts.length]).toEqual([1, 1]);
  });
});
