import type { Refusal } from '../kinds/bound-series.ts';
import {
  type ExemplarSeries,
  type ExemplarTaker,
  FROM_SOURCE,
  type RecordingOptions,
} from '../kinds/exemplars.ts';
import { checkLabelName, labelText } from '../kinds/labels.ts';
import { OVERFLOW_VALUES } from '../kinds/metric.ts';
import type { NameRule } from '../kinds/names.ts';
import {
  type Labels,
  MAX_EXEMPLAR_CHARACTERS,
  MAX_SENT_EXEMPLARS,
  TelemetryError,
  textOf,
} from '../model.ts';
import { onRejection } from '../platform/realm.ts';
import type { SentExemplar } from '../protocol/exemplar-batch.ts';

/** How long an exemplar waits for others. Seconds. */
const BATCH_DELAY = 0.25;
/** How often a bucket asks its function between two batches, if that gives nothing. */
const MOST_TRIES = 16;
/** How many calls of functions there are between two batches. */
const MOST_CALLS = 1000;
/** An address and a bucket make one number. No histogram has more buckets than this. */
const MOST_BUCKETS = 2 ** 17;

/** How exemplars get to the collector. */
export interface ExemplarSending {
  /** Which names labels may have; `legacy` unless given. */
  readonly names?: NameRule | undefined;
  /** Returns `undefined` while there is no collector. */
  sendExemplars(batch: readonly SentExemplar[]): Promise<unknown> | undefined;
  /** Calls `run` after so many seconds, without holding the process. */
  after(seconds: number, run: () => void): () => void;
}

interface Registrar {
  refuse(metric: string, reason: Refusal, detail: string): void;
  fail(reason: Refusal, message: string, topic: string): void;
}

const INVALID: Refusal = 'invalid_exemplar';

/**
 * Holds the exemplars of a thread, one for each bucket, and sends them in batches. They are samples: if there is
 * no room, or the collector fails, some are lost.
 */
export class ExemplarOutbox implements ExemplarTaker {
  readonly #registrar: Registrar;
  readonly #sending: ExemplarSending;
  /** By address and bucket. The one that came last is the last. */
  readonly #waiting = new Map<number, SentExemplar>();
  /** Those that were sent, for a collector that may have to replace this one. */
  readonly #sent = new Map<number, SentExemplar>();
  #calls = 0;
  /** How often something was erased. A function or getter for labels may do so. */
  #erasures = 0;
  #cancelTimer: (() => void) | undefined;
  turn = MOST_TRIES;

  constructor(registrar: Registrar, sending: ExemplarSending) {
    this.#registrar = registrar;
    this.#sending = sending;
  }

  take(series: ExemplarSeries, bucket: number, value: number, options: RecordingOptions): void {
    const { address, owner } = series;
    // The series of summaries are the same, and have no exemplars.
    if (owner.type === 'summary') return;
    const values = owner.valuesOf(series);
    if (!values) return;
    const labelValues = [...values];
    const erasures = this.#erasures;
    this.#cancelTimer ??= this.#sending.after(BATCH_DELAY, () => this.flush());
    let isAsked = options === FROM_SOURCE;
    let labels: Labels | undefined;
    try {
      const given = options?.exemplar;
      isAsked = given === undefined && owner.exemplars !== undefined;
      labels = soundLabels(isAsked ? this.#ask(series, bucket) : given, this.#sending.names);
    } catch (error) {
      const { name } = owner;
      let why = textOf(error);
      try {
        if (error instanceof TelemetryError) why = error.message;
      } catch {} // a proxy
      const what = `the exemplar is refused: ${why}`;
      // The line that records knows nothing of the function.
      if (isAsked) this.#registrar.fail(INVALID, `${name}: ${what}`, `${name} ${INVALID}`);
      else this.#registrar.refuse(name, INVALID, what);
    }
    if (!labels || erasures !== this.#erasures) return;
    const exemplar = { labels, value, timestamp: Date.now() / 1000 };
    const isOverflow = values === OVERFLOW_VALUES;
    const one: SentExemplar = [owner.id, labelValues, isOverflow, bucket, exemplar];
    put(this.#waiting, address * MOST_BUCKETS + bucket, one);
  }

  forget(family: number, labelValues: readonly string[] = []): void {
    this.#erasures++;
    for (const held of [this.#waiting, this.#sent]) {
      for (const [key, [id, values]] of held)
        if (id === family && labelValues.every((one, i) => one === values[i])) held.delete(key);
    }
  }

  /** Sends all to a collector that replaces another. */
  sendAgain(): void {
    for (const [key, one] of [...this.#sent, ...this.#waiting]) put(this.#waiting, key, one);
    this.flush();
  }

  /** Sends all that waits, and lets every bucket ask again. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.turn += MOST_TRIES;
    this.#calls = 0;
    if (this.#waiting.size === 0) return;
    const sent = this.#sending.sendExemplars([...this.#waiting.values()]);
    if (!sent) return;
    for (const [key, one] of this.#waiting) put(this.#sent, key, one);
    this.#waiting.clear();
    sent.catch(() => {});
  }

  /** Calls the function of a metric, unless it was called too often lately. */
  #ask({ gates, owner }: ExemplarSeries, bucket: number): unknown {
    const { turn } = this;
    const tries = Math.max(gates[bucket] ?? 0, turn - MOST_TRIES);
    // The function may record to the same series.
    gates[bucket] = turn;
    if (this.#calls++ >= MOST_CALLS) return undefined;
    const labels = owner.exemplars?.();
    if (labels === undefined) gates[bucket] = tries + 1;
    return labels;
  }
}

/** Holds the exemplar as the last one, and not too many. */
function put(held: Map<number, SentExemplar>, key: number, one: SentExemplar): void {
  held.delete(key);
  held.set(key, one);
  const [oldest] = held.keys();
  if (held.size > MAX_SENT_EXEMPLARS) held.delete(oldest!);
}

/**
 * Returns the labels as text; `undefined` if there are none.
 * @throws Error which says what is wrong with them
 */
function soundLabels(given: unknown, rule: NameRule = 'legacy'): Labels | undefined {
  if (given === undefined || given === null) return undefined;
  // An asynchronous function gives no labels. If it fails, that is said here, and nowhere else.
  onRejection(given, () => {});
  const labels: Record<string, string> = {};
  let characters = '';
  let isSound = typeof given === 'object';
  for (const [name, value] of isSound ? Object.entries(given) : []) {
    checkLabelName('exemplar', name, [], rule);
    const text = labelText(value);
    isSound &&= text !== undefined;
    labels[name] = text!;
    characters += name + text;
  }
  if (isSound && characters !== '' && [...characters].length <= MAX_EXEMPLAR_CHARACTERS)
    return labels;
  throw new TelemetryError(
    INVALID,
    `give { trace_id: 'abc' }, ${MAX_EXEMPLAR_CHARACTERS} characters at most, names included`,
  );
}
