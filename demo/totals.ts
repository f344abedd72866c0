/**
 * What the simulation counts by itself, in plain numbers and without the library, so that what
 * was collected can be checked against it.
 */

export const KINDS = ['report', 'order', 'peer', 'pulse'] as const;
export const DROP_REASONS = ['unreachable', 'node_failed', 'queue_full'] as const;
export const CAUSES = ['fault', 'cascade', 'strike'] as const;

/** The position in `KINDS`. */
export const Kind = { report: 0, order: 1, peer: 2, pulse: 3 } as const;
export const Drop = { unreachable: 0, nodeFailed: 1, queueFull: 2 } as const;
export const Cause = { fault: 0, cascade: 1, strike: 2 } as const;

const zeros = (length: number) => new Array<number>(length).fill(0);

export class Totals {
  steps = 0;
  /** By kind. */
  sent = zeros(KINDS.length);
  delivered = zeros(KINDS.length);
  latencySum = zeros(KINDS.length);
  hopsSum = 0;
  /** By kind, then by the level of the node that passes the message on. */
  forwarded: number[][] = KINDS.map(() => []);
  /** By reason. */
  dropped = zeros(DROP_REASONS.length);
  /** By cause. */
  failures = zeros(CAUSES.length);
  healed = 0;
  recoverySum = 0;
  /** By name. */
  events: Record<string, number> = {};
  /** By level, as they stand now. */
  alive: number[] = [];
  failed: number[] = [];

  /** Messages that are on their way: whatever was sent and neither arrived nor was lost. */
  get inFlight(): number {
    return sum(this.sent) - sum(this.delivered) - sum(this.dropped);
  }
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What the simulation tells about itself. All calls are made synchronously. */
export interface Instrument {
  /** A new tree with levels 0 to `depth`. */
  planted(depth: number): void;
  stepped(): void;
  sent(kind: number): void;
  forwarded(kind: number, level: number): void;
  delivered(kind: number, hops: number, seconds: number): void;
  dropped(reason: number): void;
  failed(cause: number): void;
  healed(seconds: number): void;
  /** How many nodes of a level are alive and how many are not. */
  population(level: number, alive: number, failed: number): void;
  /** Something rare enough to be told one by one. */
  event(name: string, value: Record<string, string | number>): void;
}
