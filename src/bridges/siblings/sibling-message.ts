/** As what a process was known to the collector that it had joined before. */
export interface Claim {
  /** Names a collector, and those that have gone on from it. */
  readonly line: string;
  /** The number of the process there. */
  readonly thread: number;
}

/** What the owner of the collector and another process say to each other, besides the frames of a tunnel. */
export interface SiblingMessage {
  /** The other process wants to join, and speaks this version. */
  readonly hello?: number | undefined;
  readonly pid?: number | undefined;
  readonly claim?: Claim | undefined;
  /** The owner speaks this version. If it is the same, frames follow. */
  readonly welcome?: number | undefined;
  /** As what the other process is known from now on. */
  readonly known?: Claim | undefined;
  /** The owner does not collect this process, and never will. This is why. */
  readonly refused?: string | undefined;
  /** The owner leaves something to the other process, which acknowledges this number. */
  readonly keep?: number | undefined;
  readonly kept?: number | undefined;
  /** Whether that is all, and not only what is new. */
  readonly whole?: boolean | undefined;
  /** Whether the other process gets everything. All others get the totals only. */
  readonly isHeir?: boolean | undefined;
  /** Nothing need be kept any more of the thread with this number. */
  readonly left?: number | undefined;
  /** What is left, or the data of a frame. */
  readonly data?: Uint8Array | undefined;
}

/** The name of the one tunnel between two processes. */
export const TUNNEL = 'collector';

const PIDS = 2 ** 31;
const RANDOM = 2 ** 20;
/** Other threads have numbers below 0, or below 2^33. */
const FIRST = 2 ** 13;

/** Returns a number for the thread of a process. It tells which process that is. */
export function threadNumber(pid: number): number {
  return (FIRST + pid) * RANDOM + Math.floor(Math.random() * RANDOM);
}

/** Returns the process of the thread with this number; `undefined` for threads that have joined otherwise. */
export function processOf(thread: number): number | undefined {
  const pid = Math.floor(thread / RANDOM) - FIRST;
  return pid > 0 ? pid : undefined;
}

export function isPid(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0 && (value as number) < PIDS;
}
