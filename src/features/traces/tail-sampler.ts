import type { TailConfig } from './config.ts';
import { secondsBetween } from './durations.ts';
import { MAX_LENGTH } from './span-batch.ts';
import type { TakenSpan } from './taken-span.ts';

/** The status of a span that has failed. */
const ERROR = 2;
/** So many durations of roots of one name are compared, and so many names are told apart. */
const COMPARED = 128;
const MOST_NAMES = 500;
/** So many decisions are remembered, for spans that come late. */
const MOST_DECISIONS = 50_000;
/**
 * How long a trace waits for further spans when its root is there. Each thread hands its spans over in its own time, and
 * what has ended before the root may come after it. Seconds.
 */
const LATE = 0.3;
/** So many characters of spans wait: a span may have 262,144, and then `maxSpans` alone would fill the memory. */
const MOST_CHARACTERS = 2 * MAX_LENGTH;
const HALF = 2 ** 32;

interface Trace {
  readonly spans: TakenSpan[];
  readonly since: number;
  /** How many characters its spans have. */
  characters: number;
  hasFailed: boolean;
  root: TakenSpan | undefined;
  /** When the root has come. */
  rootSince: number;
}

/** Decides which traces are kept once they are there. Spans of a trace wait until its root has come, or for a while. */
export class TailSampler {
  readonly #config: TailConfig;
  readonly #keep: (spans: readonly TakenSpan[]) => void;
  readonly #drop: (spans: readonly TakenSpan[]) => void;
  /** The traces that wait. The oldest comes first. */
  readonly #waiting = new Map<string, Trace>();
  readonly #decided = new Map<string, boolean>();
  /** The durations of roots that were compared last, by name. */
  readonly #durations = new Map<string, number[]>();
  #spans = 0;
  #characters = 0;

  constructor(
    config: TailConfig,
    keep: (spans: readonly TakenSpan[]) => void,
    drop: (spans: readonly TakenSpan[]) => void,
  ) {
    this.#config = config;
    this.#keep = keep;
    this.#drop = drop;
  }

  /** How many spans wait. */
  get size(): number {
    return this.#spans;
  }

  /** @param now seconds of a clock that nobody sets */
  add(taken: TakenSpan, now: number): void {
    const { traceId, status, isLocalRoot, size } = taken.span;
    const decision = this.#decided.get(traceId);
    if (decision !== undefined) {
      if (decision) this.#keep([taken]);
      else this.#drop([taken]);
      return;
    }
    const trace = this.#waiting.get(traceId) ?? {
      spans: [],
      since: now,
      characters: 0,
      hasFailed: false,
      root: undefined,
      rootSince: Infinity,
    };
    this.#waiting.set(traceId, trace);
    trace.spans.push(taken);
    trace.characters += size;
    trace.hasFailed ||= status.code === ERROR;
    if (isLocalRoot) {
      trace.root = taken;
      trace.rootSince = now;
    }
    this.#spans++;
    this.#characters += size;
    while (this.#spans > this.#config.maxSpans || this.#characters > MOST_CHARACTERS)
      this.#decideOldest();
  }

  /** Decides those traces that are complete, or have waited long enough. */
  look(now: number): void {
    for (const [id, trace] of this.#waiting) {
      const isComplete = now - trace.rootSince >= LATE;
      if (isComplete || now - trace.since >= this.#config.wait) this.#decide(id, trace);
    }
  }

  /** Decides all traces, complete or not. */
  decideAll(): void {
    for (const [id, trace] of this.#waiting) this.#decide(id, trace);
  }

  #decideOldest(): void {
    for (const [id, trace] of this.#waiting) {
      this.#decide(id, trace);
      return;
    }
  }

  #decide(id: string, trace: Trace): void {
    this.#waiting.delete(id);
    this.#spans -= trace.spans.length;
    this.#characters -= trace.characters;
    const isKept = this.#isWanted(id, trace);
    this.#decided.set(id, isKept);
    if (this.#decided.size > MOST_DECISIONS) {
      for (const oldest of this.#decided.keys()) {
        this.#decided.delete(oldest);
        break;
      }
    }
    if (isKept) this.#keep(trace.spans);
    else this.#drop(trace.spans);
  }

  #isWanted(id: string, { root, hasFailed }: Trace): boolean {
    // This comes first, since it has to see all durations.
    const isSlow = root !== undefined && this.#isSlow(root);
    if (isSlow || (hasFailed && this.#config.errors)) return true;
    // The end of the ID is random: all who decide by it choose the same.
    return Number.parseInt(id.slice(-8), 16) < this.#config.rate * HALF;
  }

  #isSlow({ span }: TakenSpan): boolean {
    const name =
      this.#durations.has(span.name) || this.#durations.size < MOST_NAMES ? span.name : '';
    const earlier = this.#durations.get(name) ?? [];
    const duration = secondsBetween(span.start, span.end);
    const longer = earlier.filter((one) => one >= duration).length;
    this.#durations.set(name, [...earlier.slice(-(COMPARED - 1)), duration]);
    return longer < this.#config.slowest * (earlier.length + 1);
  }
}
