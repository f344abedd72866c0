/**
 * The state that all parts of the simulation share: the tree, which nodes are alive, and how nodes fail and
 * heal. Whatever happens is counted twice, in `totals` and through the instrument.
 */
import { LONGEST_TRIP, MessagePool } from './message-pool.ts';
import type { Random } from './random.ts';
import { Cause, Drop, type Instrument, type Totals } from './totals.ts';
import type { Tree } from './tree.ts';

export const STEPS_PER_SECOND = 60;
/** The steps that a message needs along the edges below the root, and how that shrinks per level. */
const LONGEST_HOP = 20;
const SHRINK = 0.72;
const SHORTEST_HOP = 3;
/** How often a failing node takes a child along. It is divided by the branching. */
const CASCADE = 0.75;
/** Failures and recoveries of nodes down to this level become events. */
const EVENT_LEVEL = 3;

export interface Settings {
  branching: number;
  depth: number;
  /** How many messages each foglet starts per second. */
  traffic: number;
  /** How many failures per second there are among a thousand foglets. */
  faultRate: number;
}

/**
 * Returns the steps along an edge between `level` and the one above: edges get shorter as the tree
 * branches.
 */
export function hopSteps(level: number): number {
  return Math.max(SHORTEST_HOP, Math.round(LONGEST_HOP * SHRINK ** (level - 1)));
}

/** Returns the simulated seconds from one level down to another and back, if nobody has to wait. */
export function roundTrip(top: number, bottom: number): number {
  let steps = 0;
  for (let level = top + 1; level <= bottom; level += 1) steps += 2 * hopSteps(level);
  return steps / STEPS_PER_SECOND;
}

export class World {
  readonly alive: Uint8Array;
  /** Whether the node is alive, and all nodes up to the root. Current after `updateReachable()`. */
  readonly reachable: Uint8Array;
  readonly pool: MessagePool;
  /** The nodes that have failed, in no order. */
  readonly failedNodes: number[] = [];
  /** Rises with every failure and recovery, so that a view knows when to look again. */
  version = 0;
  step = 0;
  isolated = 0;
  readonly #failedAt: Int32Array;
  readonly #healAt: Int32Array;
  #reachableVersion = -1;

  constructor(
    readonly tree: Tree,
    readonly settings: Settings,
    readonly random: Random,
    readonly totals: Totals,
    readonly instrument: Instrument,
  ) {
    this.alive = new Uint8Array(tree.size).fill(1);
    this.reachable = new Uint8Array(tree.size).fill(1);
    this.pool = new MessagePool(tree.size);
    this.#failedAt = new Int32Array(tree.size);
    this.#healAt = new Int32Array(tree.size);
    this.#plant();
  }

  get seconds(): number {
    return this.step / STEPS_PER_SECOND;
  }

  event(name: string, value: Record<string, string | number>): void {
    this.totals.events[name] = (this.totals.events[name] ?? 0) + 1;
    this.instrument.event(name, value);
  }

  drop(message: number, reason: number): void {
    const trace = this.pool.trace[message];
    if (trace > 0) this.instrument.tracing?.lost(trace, reason, this.step);
    this.pool.release(message);
    this.totals.dropped[reason] += 1;
    this.instrument.dropped(reason);
  }

  /** Loses every message that is on its way. */
  clearMessages(): void {
    for (let node = 0; node < this.tree.size; node += 1) this.#clearQueue(node);
    for (let slot = 0; slot < LONGEST_TRIP; slot += 1) {
      let message = this.pool.arrivals(slot);
      while (message >= 0) {
        const next = this.pool.next[message];
        this.drop(message, Drop.nodeFailed);
        message = next;
      }
    }
  }

  injectFaults(): void {
    const { tree, random, settings } = this;
    const mean = (tree.size * settings.faultRate) / 1000 / STEPS_PER_SECOND;
    for (let left = random.count(mean); left > 0; left -= 1) {
      this.fail(random.below(tree.size), Cause.fault);
    }
  }

  /** Fails a node, and by chance some of those below it. */
  fail(node: number, cause: number): void {
    if (!this.alive[node]) return;
    this.#markFailed(node, cause, this.random.between(1, 5));
    const level = this.tree.level[node];
    if (level <= EVENT_LEVEL && cause === Cause.fault) {
      this.event('subtree_cut_off', { node, level, foglets: this.tree.subtreeSize(node) });
    }
    if (this.tree.isLeaf(node)) return;
    const first = this.tree.firstChild(node);
    for (let child = first; child < first + this.tree.branching; child += 1) {
      if (this.random.chance(CASCADE / this.tree.branching)) this.fail(child, Cause.cascade);
    }
  }

  /** Fails a whole subtree. Returns how many nodes went down. */
  strike(node: number): number {
    const before = this.failedNodes.length;
    this.tree.eachRun(node, (first, end) => {
      for (let at = first; at < end; at += 1) {
        if (this.alive[at]) this.#markFailed(at, Cause.strike, 1.2);
      }
    });
    const foglets = this.failedNodes.length - before;
    this.event('strike', { node, level: this.tree.level[node], foglets });
    return foglets;
  }

  /** A node heals once its time has come and its parent is there to take it back. */
  heal(): void {
    const { failedNodes, tree, alive } = this;
    for (let i = failedNodes.length - 1; i >= 0; i -= 1) {
      const node = failedNodes[i];
      if (this.#healAt[node] > this.step) continue;
      if (node > 0 && !alive[tree.parent[node]]) continue;
      failedNodes[i] = failedNodes[failedNodes.length - 1];
      failedNodes.pop();
      this.#markHealed(node);
    }
  }

  updateReachable(): void {
    if (this.#reachableVersion === this.version) return;
    this.#reachableVersion = this.version;
    const { alive, reachable, tree } = this;
    let cutOff = 0;
    reachable[0] = alive[0];
    // Parents come before their children, so one pass is enough.
    for (let node = 1; node < tree.size; node += 1) {
      reachable[node] = alive[node] & reachable[tree.parent[node]];
      cutOff += alive[node] ^ reachable[node];
    }
    this.isolated = cutOff;
  }

  #plant(): void {
    const { totals, tree, instrument } = this;
    totals.alive = [];
    totals.failed = [];
    instrument.planted(tree.depth);
    for (let level = 0; level <= tree.depth; level += 1) {
      totals.alive[level] = tree.widthOf(level);
      totals.failed[level] = 0;
      for (const forwarded of totals.forwarded) forwarded[level] ??= 0;
      instrument.population(level, totals.alive[level], 0);
    }
  }

  #clearQueue(node: number): void {
    while (this.pool.queueLength[node] > 0) this.drop(this.pool.shift(node), Drop.nodeFailed);
  }

  #markFailed(node: number, cause: number, seconds: number): void {
    this.alive[node] = 0;
    this.failedNodes.push(node);
    this.#failedAt[node] = this.step;
    this.#healAt[node] = this.step + Math.round(seconds * STEPS_PER_SECOND);
    this.#clearQueue(node);
    this.totals.failures[cause] += 1;
    this.instrument.failed(cause);
    this.#count(this.tree.level[node], -1);
  }

  #markHealed(node: number): void {
    const { tree, random } = this;
    this.alive[node] = 1;
    const seconds = (this.step - this.#failedAt[node]) / STEPS_PER_SECOND;
    this.totals.healed += 1;
    this.totals.recoverySum += seconds;
    this.instrument.healed(seconds);
    const level = tree.level[node];
    this.#count(level, 1);
    if (level <= EVENT_LEVEL) {
      this.event('subtree_reconnected', { node, level, seconds: Math.round(seconds * 100) / 100 });
    }
    if (tree.isLeaf(node)) return;
    // Children that waited for this node come back one after another, not all in the same step.
    const first = tree.firstChild(node);
    for (let child = first; child < first + tree.branching; child += 1) {
      const pause = Math.round(random.between(0.1, 0.7) * STEPS_PER_SECOND);
      this.#healAt[child] = Math.max(this.#healAt[child], this.step + pause);
    }
  }

  #count(level: number, change: 1 | -1): void {
    const { totals } = this;
    this.version += 1;
    totals.alive[level] += change;
    totals.failed[level] -= change;
    this.instrument.population(level, totals.alive[level], totals.failed[level]);
  }
}
