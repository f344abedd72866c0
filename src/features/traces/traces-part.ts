import { DEFAULT_BUCKETS } from '../../kinds/histogram/bounds.ts';
import type { MetricFamily } from '../../model.ts';
import { textOf } from '../../model.ts';
import { randomId } from '../../platform/random-id.ts';
import type { Part, PartHost } from '../../protocol/feature.ts';
import { type Arrival, Arrivals } from './arrivals.ts';
import type { TracesConfig } from './config.ts';
import type { BatchAnswer, SpanBatch } from './span-batch.ts';
import { SpanCounts } from './span-counts.ts';
import { SpanMetrics } from './span-metrics.ts';
import { isSpanBatch, readSpans } from './span-reader.ts';
import { SpanSender } from './span-sender.ts';
import { TailSampler } from './tail-sampler.ts';
import type { TakenSpan } from './taken-span.ts';
import { tracesPlan } from './traces-plan.ts';

/** How often traces are looked at that wait. Seconds. */
const LOOK = 0.5;
/** The flag of a trace that is sent. */
const SAMPLED = 1;

/** Takes spans beside the collector. */
export class TracesPart implements Part {
  readonly #host: PartHost;
  readonly #epoch = randomId();
  readonly #arrivals = new Arrivals();
  readonly #counts = new SpanCounts();
  readonly #metrics: SpanMetrics | undefined;
  readonly #sender: SpanSender | undefined;
  readonly #tail: TailSampler | undefined;
  readonly #stop: (() => void) | undefined;
  /** Batches wait as they came until there is room: the spans that are read from them take many times the memory. */
  readonly #batches: SpanBatch[] = [];
  readonly keeps = {
    write: () =>
      JSON.stringify({
        counts: this.#counts.kept,
        metrics: this.#metrics?.kept,
        batches: this.#arrivals.kept,
      }),
    restore: (state: string) => this.#restore(state),
  };

  constructor(host: PartHost, config: TracesConfig) {
    this.#host = host;
    const { plan, tail, spanMetrics } = config;
    const buckets = spanMetrics === true ? DEFAULT_BUCKETS : spanMetrics;
    if (buckets) this.#metrics = new SpanMetrics(buckets);
    const done = (arrival: Arrival) => this.#arrivals.done(arrival);
    if (!plan) return;
    const unwritten = (count: number) => this.#counts.lose('unwritten', count);
    this.#sender = new SpanSender(host, tracesPlan(plan), config, done, unwritten);
    if (!tail) return;
    const sampler = new TailSampler(
      tail,
      (spans) => this.#sender!.add(spans),
      (spans) => {
        this.#counts.lose('tail', spans.length);
        for (const { arrival } of spans) done(arrival);
      },
    );
    this.#tail = sampler;
    this.#stop = host.clock.every(LOOK, () => sampler.look(host.clock.elapsed()));
  }

  async takes(batch: unknown): Promise<BatchAnswer | undefined> {
    if (!isSpanBatch(batch)) {
      this.#refuse('no batch of spans');
      return undefined;
    }
    this.#batches.push(batch);
    await this.#read(batch);
    const { outbox } = batch;
    const arrivals = this.#arrivals;
    return {
      epoch: this.#epoch,
      settled: arrivals.settled(outbox),
      counted: arrivals.counted(outbox),
    };
  }

  adds(): MetricFamily[] {
    const waiting = (this.#sender?.size ?? 0) + (this.#tail?.size ?? 0);
    return [...this.#counts.families(waiting), ...(this.#metrics?.families() ?? [])];
  }

  async flush(): Promise<void> {
    const last = this.#batches.at(-1);
    if (last) await this.#read(last);
    this.#tail?.decideAll();
    // Whether it has arrived, the queue of the collector says.
    await this.#sender?.send();
  }

  async save(): Promise<void> {
    // The page may be about to end, and nothing would be read later.
    while (this.#batches.length > 0) this.#takeNext();
    this.#tail?.decideAll();
    await this.#sender?.send(true);
  }

  async close(): Promise<void> {
    this.#stop?.();
  }

  /**
   * Reads batches up to this one, in order, as there is room. What was recorded before a scrape is in it, unless there
   * is too much.
   */
  async #read(last: SpanBatch): Promise<void> {
    // RACE: others may read meanwhile. At the edge they may also have ended, with the requests that they waited in.
    while (this.#batches.includes(last)) {
      if (this.#sender?.hasRoom === false) await this.#sender.wait();
      else this.#takeNext();
    }
  }

  #takeNext(): void {
    const batch = this.#batches.shift();
    if (batch) this.#take(batch);
  }

  #take(batch: SpanBatch): void {
    const { outbox, number, count, lost } = batch;
    const arrival = this.#arrivals.begin(outbox, number, count);
    if (!arrival) return;
    if (!arrival.isCounted) for (const [reason, of] of lost) this.#counts.lose(reason, of);
    try {
      const now = this.#host.clock.elapsed();
      for (const span of readSpans(batch)) this.#add({ span, arrival }, now);
    } catch (error) {
      if (!arrival.isCounted) this.#counts.lose('unsound', count);
      this.#refuse(textOf(error));
      // It would be no better if it was sent again.
      while (arrival.left > 0) this.#arrivals.done(arrival);
    }
  }

  #add(taken: TakenSpan, now: number): void {
    const { span, arrival } = taken;
    const isSent = this.#sender !== undefined && (span.flags & SAMPLED) !== 0;
    if (!arrival.isCounted) {
      this.#counts.received++;
      this.#metrics?.add(span, isSent && !this.#tail);
    }
    if (!isSent) this.#arrivals.done(arrival);
    else if (this.#tail) this.#tail.add(taken, now);
    else this.#sender!.add([taken]);
  }

  #refuse(why: string): void {
    this.#host.fail('unsound_spans', `spans of a thread cannot be read: ${why}`);
  }

  #restore(state: string): void {
    const { counts, metrics, batches } = JSON.parse(state);
    this.#counts.restore(counts);
    // The version before this one has kept none.
    if (batches) this.#arrivals.restore(batches);
    if (metrics) this.#metrics?.restore(metrics);
  }
}
