/**
 * What the simulation counts by itself, in plain numbers and without the library. What was collected can be
 * checked against it.
 */
import type { Tree } from './tree.ts';

export const KINDS = ['report', 'order', 'peer', 'pulse'] as const;
export const DROP_REASONS = ['unreachable', 'node_failed', 'queue_full'] as const;
export const CAUSES = ['fault', 'cascade', 'strike'] as const;

/** Its position in `KINDS`. */
export const Kind = { report: 0, order: 1, peer: 2, pulse: 3 } as const;
export const Drop = { unreachable: 0, nodeFailed: 1, queueFull: 2 } as const;
export const Cause = { fault: 0, cascade: 1, strike: 2 } as const;

const zeros = (length: number) => new Array<number>(length).fill(0);

export class Totals {
  steps = 0;
  /** Counted by kind. */
  sent = zeros(KINDS.length);
  delivered = zeros(KINDS.length);
  latencySum = zeros(KINDS.length);
  hopsSum = 0;
  /** Counted by kind, then by the level of the node that passes the message on. */
  forwarded: number[][] = KINDS.map(() => []);
  /** Counted by reason. */
  dropped = zeros(DROP_REASONS.length);
  /** Counted by cause. */
  failures = zeros(CAUSES.length);
  healed = 0;
  recoverySum = 0;
  /** Counted by name. */
  events: Record<string, number> = {};
  /** The present numbers, by level. */
  alive: number[] = [];
  failed: number[] = [];

  /** Returns how many messages are on their way: those that were sent and neither arrived nor were lost. */
  get inFlight(): number {
    return sum(this.sent) - sum(this.delivered) - sum(this.dropped);
  }
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What the simulation tells about itself. All calls are made synchronously. */
export interface Instrument {
  /** There is a new tree with levels 0 to `depth`. */
  planted(depth: number): void;
  stepped(): void;
  sent(kind: number): void;
  forwarded(kind: number, level: number): void;
  /** `trace` is what `MessageTracing` has returned for the message, and otherwise 0. */
  delivered(kind: number, hops: number, seconds: number, trace: number): void;
  dropped(reason: number): void;
  failed(cause: number): void;
  healed(seconds: number): void;
  /** How many nodes of a level are alive and how many are not. */
  population(level: number, alive: number, failed: number): void;
  /** Something has happened that is rare enough to be reported one by one. */
  event(name: string, value: Record<string, string | number>): void;
  /** Absent if no message is traced. */
  readonly tracing?: MessageTracing | undefined;
}

/** What is told of the few messages that are followed from foglet to foglet. All times are steps. */
export interface MessageTracing {
  /** A message is sent. Returns the number of its trace; 0 if it is not to be traced. */
  began(tree: Tree, kind: number, from: number, to: number, step: number): number;
  /** `from` has had the message since `queuedAt`, and passes it on in `step`. It will arrive in `arrives`. */
  passedOn(
    trace: number,
    from: number,
    to: number,
    queuedAt: number,
    step: number,
    arrives: number,
  ): void;
  /** The message has arrived, and is answered. The answer belongs to the same trace. */
  answered(trace: number, step: number): void;
  /** The message, or its answer, has arrived. */
  ended(trace: number, step: number): void;
  lost(trace: number, reason: number, step: number): void;
}
