import type { Exposition, Rendering } from '../formats/rendering.ts';
import type { Snapshot } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { ExportOutcome, ExportPlan } from '../protocol/requests.ts';
import type { ValueStorage } from '../storage/storage.ts';
import type { Destination, DestinationKind, Receipt } from './destination.ts';
import { keyDestination } from './key-destination.ts';
import { type AskForHeaders, withHeaders } from './plan-headers.ts';
import { withRetry } from './retry.ts';

/** How long a destination may take, e.g. a file on a network that is gone. Seconds. */
const LONGEST = 60;

const REPLACED: Receipt = { ok: false, drop: true, reason: 'a newer snapshot has replaced it' };

/**
 * Exports as a plan says. Retries before it gives up, and never rejects.
 * @param headers asks the application for headers, if the plan says that it needs some
 * @param storage the application's own, if it gave one: plans that name no kind of destination go there
 */
export type RunExport = (
  plan: ExportPlan,
  snapshot: Snapshot,
  storage?: ValueStorage,
  headers?: AskForHeaders,
) => Promise<ExportOutcome>;

/** The kinds of destination that a collector has. Plans that name none use the first. */
export type Destinations = readonly [DestinationKind, ...DestinationKind[]];

export function exporting(
  clock: Clock,
  rendering: () => Promise<Rendering>,
  kinds: Destinations,
): RunExport {
  /** The targets of exports that were given up and have not ended. What never ends must not pile up. */
  const stuck = new Set<string>();
  /** For each target, what is under way last. An older snapshot must not replace a newer one. */
  const last = new Map<string, Promise<unknown>>();

  /** @throws Error if the export has not ended in time */
  async function send(
    { pieces, contentType, done }: Exposition,
    destination: Destination,
    target: string,
  ): Promise<Receipt> {
    const end = clock.elapsed() + LONGEST;
    const limit = new AbortController();
    let hasEnded = false;
    let tried = 0;
    const attempt = async (): Promise<Receipt> => {
      if (tried++ > 0 && last.get(target) !== sent) return REPLACED;
      return destination.send(pieces, { contentType }, limit.signal);
    };
    const before = last.get(target);
    const begun = before ? clock.within(LONGEST, before) : Promise.resolve();
    const sent: Promise<Receipt> = begun
      .then(() =>
        withRetry(attempt, {
          after: (seconds) => clock.pause(seconds),
          random: Math.random,
          left: () => end - clock.elapsed(),
        }),
      )
      .finally(() => {
        hasEnded = true;
        if (last.get(target) === sent) last.delete(target);
        stuck.delete(target);
        done?.();
      });
    last.set(target, sent);
    await clock.within(LONGEST, sent);
    if (!hasEnded) {
      stuck.add(target);
      limit.abort();
      throw new Error(`it has not ended after ${LONGEST} seconds`);
    }
    return sent;
  }

  return async (given, snapshot, storage, headers) => {
    try {
      const plan = await withHeaders(given, headers, clock);
      const kind = chosenKind(kinds, plan, storage);
      const destination = kind.open(plan);
      const target = `${kind.name} ${destination.target}`;
      if (stuck.has(target)) throw new Error('an earlier export to it has not ended');
      const { choose, render } = await rendering();
      const { format, pretty, version, escaping } = plan;
      const wanted = choose({ format, pretty, version, escaping });
      const receipt = await send(await render(snapshot, wanted), destination, target);
      if (!receipt.ok) return { succeeded: false, error: receipt.reason };
      // A copy, since the outcome may go to another thread.
      return { succeeded: true, durability: receipt.durability && { ...receipt.durability } };
    } catch (error) {
      return { succeeded: false, error: String(error) };
    }
  };
}

/** @throws RangeError if there is no such kind */
function chosenKind(
  kinds: Destinations,
  { via }: ExportPlan,
  storage: ValueStorage | undefined,
): DestinationKind {
  if (via === undefined) return storage ? keyDestination(storage) : kinds[0];
  const kind = kinds.find(({ name }) => name === via);
  if (kind) return kind;
  const names = kinds.map(({ name }) => name).join(', ');
  throw new RangeError(`nothing is sent by "${via}" here; there are ${names}`);
}
