import { jsonTraces } from '../../formats/otlp/json-traces.ts';
import { resourceAttributes } from '../../formats/otlp/otlp.ts';
import { protobufTraces } from '../../formats/otlp/protobuf-traces.ts';
import { type AttributeValue, textOf } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import type { PartHost } from '../../protocol/feature.ts';
import type { ExportPlan } from '../../protocol/requests.ts';
import type { Arrival } from './arrivals.ts';
import type { TracesConfig } from './config.ts';
import type { TakenSpan } from './taken-span.ts';

/** So many spans, or spans of so many characters, are sent without waiting for more. */
const MOST_SPANS = 512;
const MOST_CHARACTERS = 1_048_576;
/** How long a span waits for others. Seconds. */
const DELAY = 5;
/** While more spans or characters are on their way to the queue, no further batch is read, and none is answered. */
const MOST_QUEUEING = 4096;
const MOST_CHARACTERS_QUEUEING = 8 * MOST_CHARACTERS;
/** So often it is looked whether there is room again. Requests that are under way go on meanwhile. Seconds. */
const LOOK = 0.005;
/** What takes longer is written again: at the edge, work ends with the request that it began in. Seconds. */
const ABANDONED_AFTER = 30;
/** How long spans wait for what the resource finds. Seconds. */
const RESOURCE_PATIENCE = 5;

/** Spans that are on their way to the queue. */
interface Queueing {
  readonly spans: readonly TakenSpan[];
  readonly characters: number;
  readonly since: number;
  /** The batches that they came with, one for each span. It is emptied once they are told. */
  readonly arrivals: Arrival[];
}

/** Sends spans, many at a time. */
export class SpanSender {
  readonly #host: PartHost;
  readonly #plan: ExportPlan;
  readonly #config: TracesConfig;
  #resource: ReturnType<typeof resourceAttributes>;
  /** Resolves once the resource has told what it has found, or has not in time. */
  #described: Promise<void> | undefined;
  readonly #done: (arrival: Arrival) => void;
  readonly #unwritten: (count: number) => void;
  #waiting: TakenSpan[] = [];
  #characters = 0;
  #isDue = false;
  /** What is on its way to the queue: it is compressed first. The oldest comes first. */
  readonly #queueing = new Map<Promise<void>, Queueing>();

  /**
   * @param done is called with the batch of each span that has arrived or was given up
   * @param unwritten is called with how many spans cannot be sent
   */
  constructor(
    host: PartHost,
    plan: ExportPlan,
    config: TracesConfig,
    done: (arrival: Arrival) => void,
    unwritten: (count: number) => void,
  ) {
    this.#host = host;
    this.#plan = plan;
    this.#config = config;
    this.#resource = attributesOf(config.resource);
    this.#done = done;
    this.#unwritten = unwritten;
  }

  get size(): number {
    return this.#waiting.length + this.#sum(({ spans }) => spans.length);
  }

  /** Whether there is room for more spans. Threads may record more than is written and compressed here. */
  get hasRoom(): boolean {
    this.#writeAgain();
    return (
      this.#sum(({ spans }) => spans.length) <= MOST_QUEUEING &&
      this.#sum(({ characters }) => characters) <= MOST_CHARACTERS_QUEUEING
    );
  }

  /** Resolves when it is time to look for room again. */
  wait(): Promise<void> {
    // At the edge, nobody may wait for what another request does: that may end first. So each has a timer of its own.
    return this.#host.clock.pause(LOOK);
  }

  add(spans: readonly TakenSpan[]): void {
    for (const taken of spans) {
      this.#waiting.push(taken);
      this.#characters += taken.span.size;
      if (this.#waiting.length >= MOST_SPANS || this.#characters >= MOST_CHARACTERS)
        void this.send();
    }
    if (this.#waiting.length === 0 || this.#isDue) return;
    this.#isDue = true;
    void this.#host.clock.after(DELAY).then(() => {
      this.#isDue = false;
      return this.send();
    });
  }

  /** Sends what waits. Resolves once that is in the queue, with all before it. @param isLast whether the page may end */
  async send(isLast?: boolean): Promise<void> {
    this.#writeAgain();
    const spans = this.#waiting;
    const characters = this.#characters;
    this.#waiting = [];
    this.#characters = 0;
    if (spans.length > 0) {
      this.#write(
        spans,
        characters,
        spans.map(({ arrival }) => arrival),
        isLast,
      );
    }
    await Promise.all(this.#queueing.keys());
  }

  #write(
    spans: readonly TakenSpan[],
    characters: number,
    arrivals: Arrival[],
    isLast?: boolean,
  ): void {
    const since = this.#host.clock.elapsed();
    const ended = () => this.#queueing.delete(queueing);
    const queueing: Promise<void> = this.#queue(spans, arrivals, isLast).finally(ended);
    this.#queueing.set(queueing, { spans, characters, since, arrivals });
  }

  /** Writes again what was abandoned. Receivers know spans by their IDs, should it go on after all. */
  #writeAgain(): void {
    const earliest = this.#host.clock.elapsed() - ABANDONED_AFTER;
    for (const [queueing, { spans, characters, since, arrivals }] of this.#queueing) {
      if (since >= earliest) continue;
      this.#queueing.delete(queueing);
      this.#write(spans, characters, arrivals);
    }
  }

  #sum(of: (queueing: Queueing) => number): number {
    let sum = 0;
    for (const queueing of this.#queueing.values()) sum += of(queueing);
    return sum;
  }

  async #queue(
    sent: readonly TakenSpan[],
    arrivals: Arrival[],
    isLast: boolean | undefined,
  ): Promise<void> {
    // The spans themselves must not be held while their request waits in the queue: it is far smaller.
    const done = () => arrivals.splice(0).forEach(this.#done);
    try {
      // A page that is about to end may answer no more.
      if (!isLast) await (this.#described ??= this.#describe());
      const { encoding } = this.#plan.push!.options;
      const write = encoding === 'json' ? jsonTraces : protobufTraces;
      const spans = sent.map(({ span }) => span);
      const body = { bytes: write(this.#resource, spans), count: sent.length };
      const { arrives } = await this.#host.deliver(this.#plan, body, isLast);
      void arrives.then(done);
    } catch (error) {
      this.#host.fail('export', `spans cannot be written: ${textOf(error)}`);
      // What was written again may have been told already.
      this.#unwritten(arrivals.length);
      done();
    }
  }

  async #describe(): Promise<void> {
    const { resource, asksForResource } = this.#config;
    if (!asksForResource) return;
    const found = this.#host.ask('resource').then((attributes) => {
      this.#resource = attributesOf({ ...resource, ...(attributes as object) });
    });
    // What it had stays if it finds nothing more.
    await Promise.race([found.catch(() => {}), this.#host.clock.after(RESOURCE_PATIENCE)]);
  }
}

const attributesOf = (resource: object): ReturnType<typeof resourceAttributes> =>
  resourceAttributes(
    {},
    Object.entries(resource).map(([key, value]) => [wellFormed(key), sound(value)] as const),
  );

/** Returns a value of an attribute whose texts are well-formed. */
const sound = (value: unknown): AttributeValue =>
  Array.isArray(value)
    ? value.map(sound)
    : typeof value === 'string'
      ? wellFormed(value)
      : (value as AttributeValue);
