import { HandoverKeeper } from '../../links/handover-keeper.ts';
import type { Heirs } from '../../links/heirs.ts';
import { nodeBuiltin } from '../../platform/node-builtin.ts';
import { afterListening } from '../../platform/timers.ts';
import type { GatheredHandover, KeptHandover } from '../../protocol/handover.ts';
import type { AcceptedSibling } from './accepted-sibling.ts';

/**
 * How long a heir may take to say that it has something, before another one is chosen. The collector waits a little
 * longer. Seconds.
 */
const PATIENCE = 0.4;

/**
 * Leaves to the other processes what one of them needs to go on with the collector when this process ends. One of
 * them, the heir, gets everything. The others get the totals, which seldom change, in case the heir ends, too.
 */
export class Legacy implements Heirs {
  readonly keeper: HandoverKeeper;
  readonly #siblings = new Set<AcceptedSibling>();
  #heir: AcceptedSibling | undefined;
  /** Those that lack a part, since they have not taken what was sent to them. */
  readonly #behind = new Set<AcceptedSibling>();

  constructor(keeper: HandoverKeeper) {
    this.keeper = keeper;
  }

  /** The threads of those to whom something is left. */
  get threads(): readonly number[] {
    return [...this.#siblings].map(({ thread }) => thread);
  }

  add(sibling: AcceptedSibling): void {
    this.#siblings.add(sibling);
    if (!this.#heir) this.#choose();
    else this.#leave(sibling, this.keeper.handover, true);
  }

  remove(sibling: AcceptedSibling): void {
    this.#siblings.delete(sibling);
    this.#behind.delete(sibling);
    if (sibling === this.#heir) this.#choose();
  }

  async keep(part: KeptHandover): Promise<void> {
    const heir = this.#heir;
    const others = [...this.#siblings].filter((one) => one !== heir);
    const lean = others.length > 0 ? packed(leanOf(part)) : undefined;
    for (const one of others) {
      if (this.#behind.delete(one)) void this.#leave(one, this.keeper.handover, true);
      else if (!one.keep(lean!, { isHeir: false })) this.#behind.add(one);
    }
    if (!heir) return;
    const kept = this.#leave(heir, part, false);
    if (await inTime(kept)) return;
    // It may stand still, and then it could not go on with anything.
    if (this.#heir === heir) this.#choose(heir);
  }

  left(thread: number): void {
    this.#heir?.forget(thread);
  }

  close(): void {
    for (const one of this.#siblings) one.end();
  }

  /** Makes the one that has joined last the heir. */
  preferNewest(): void {
    this.#appoint([...this.#siblings].at(-1));
  }

  /** Chooses the one that has joined first, and not this one if there are others. */
  #choose(besides?: AcceptedSibling): void {
    const [next = besides] = [...this.#siblings].filter((one) => one !== besides);
    this.#appoint(next);
  }

  #appoint(next: AcceptedSibling | undefined): void {
    const before = this.#heir;
    if (next === before) return;
    this.#heir = next;
    const { handover } = this.keeper;
    // There must be one heir at most: it does not wait for its turn.
    if (before && this.#siblings.has(before)) this.#leave(before, handover, true);
    if (next) this.#leave(next, handover, true);
  }

  #leave(
    to: AcceptedSibling,
    what: KeptHandover | GatheredHandover | undefined,
    whole: boolean,
  ): Promise<void> | undefined {
    if (!what) return Promise.resolve();
    const isHeir = to === this.#heir;
    const kept = to.keep(packed(isHeir ? what : leanOf(what)), { whole, isHeir });
    if (!kept) this.#behind.add(to);
    return kept;
  }
}

/** Keeps what has come from the owner. */
export function keepAll(keeper: HandoverKeeper, data: Uint8Array): void {
  // What is read may be a view of the message, which would be kept as a whole for one page of it.
  const bytes = new Uint8Array(data);
  const { events, ...others } = nodeBuiltin('node:v8')!.deserialize(bytes) as
    | KeptHandover
    | GatheredHandover;
  const parts = [events ?? []].flat() as NonNullable<KeptHandover['events']>[];
  keeper.keep(others);
  for (const one of parts) keeper.keep({ latest: others.latest, events: one });
}

/** Returns what a keeper has but for the memory of threads, which is of no use once it is old. */
export function totalsOf(keeper: HandoverKeeper): HandoverKeeper {
  const totals = new HandoverKeeper();
  const { handover } = keeper;
  if (handover) totals.keep(leanOf(handover));
  return totals;
}

/** Returns what is left to those who are not the heir. */
function leanOf({ latest, totals, states }: KeptHandover | GatheredHandover): KeptHandover {
  return { latest, ...(totals && { totals }), ...(states && { states }) };
}

function packed(what: object): Uint8Array {
  return nodeBuiltin('node:v8')!.serialize(what);
}

/** Resolves to whether something has come to pass in time. */
function inTime(kept: Promise<void> | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = afterListening(PATIENCE, () => resolve(false));
    const settle = (isKept: boolean) => {
      cancel();
      resolve(isKept);
    };
    if (kept) kept.then(() => settle(true));
    else settle(false);
  });
}
