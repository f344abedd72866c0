import type { Format, FormatOptions, FormatWriter } from '../formats/format.ts';
import type { Snapshot } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { PartBody } from '../protocol/feature.ts';
import type { ExportOutcome, ExportPlan } from '../protocol/requests.ts';
import type { Storage } from '../storage/storage.ts';
import type { Receipt } from './destination.ts';
import { MOST_KEPT_ALIVE, sendByHttp } from './http-destination.ts';
import { KeptQueue } from './kept-queue.ts';
import { rejectedBy } from './otlp-answer.ts';
import { type AskForHeaders, withHeaders } from './plan-headers.ts';
import {
  aboutBody,
  bodiesOf,
  compressionOf,
  isCompressedBody,
  type PushFormats,
  restoredBody,
} from './push-bodies.ts';
import { type Delivery, DeliveryQueue, type DropReason, type QueuedBody } from './queue.ts';

/** How long an export waits for what it has queued to arrive. Seconds. */
const PATIENCE = 15;
/** How long the collector waits for that when it ends. Seconds. */
const LAST_PATIENCE = 5;
/** How long the first export waits for what was kept. Seconds. */
const OPEN_PATIENCE = 3;
/** Work that takes longer never ends. Seconds. */
const ABANDONED_AFTER = 60;
/** So far apart are the times of two snapshots at least. Seconds; remote write counts milliseconds. */
const LEAST_STEP = 0.001;
/** The status that says that the version is not known. */
const UNSUPPORTED = 415;

const REMOTE_WRITE = 'remote-write';
/** Receivers of these say what they have refused of what they took otherwise. */
const TOLD = ['otlp', 'otlp-logs', 'compact', 'compact-events'];
/** What the header says for each version: it is that of the protocol, not of the message. */
const VERSION_HEADER = 'x-prometheus-remote-write-version';
const VERSIONS: Readonly<Record<string, string>> = { '1.0': '0.1.0', '2.0': '2.0.0' };
const WRITTEN = ['samples', 'histograms', 'exemplars'];

/** What waits to be delivered for an exporter. */
export interface QueueState {
  readonly exporter: string;
  readonly bytes: number;
  readonly length: number;
  /** For how many seconds the oldest has waited. */
  readonly age: number;
}

/** What was given up, and why. */
export interface Dropped {
  readonly exporter: string;
  readonly destination: string;
  readonly count: number;
  readonly what: 'series' | 'events' | 'spans';
  readonly reason: DropReason;
  readonly message: string;
}

/** What the collector is told. */
export interface PushReport {
  dropped(report: Dropped): void;
  delivered(exporter: string, seconds: number): void;
  /** Called when what waits could not be kept. */
  fail(reason: string, message: string): void;
}

/** What is read to be pushed. */
export interface Reading extends Snapshot {
  /** Only for exporters of events: what waits. It is taken when it is written, since a reading may be passed over. */
  readonly waiting?: { take(): readonly string[] } | undefined;
}

export interface PushHost {
  readonly clock: Clock;
  /** Where what waits can be kept; absent where nothing can be. */
  readonly storage?: ((directory: string | undefined) => Storage) | undefined;
  readonly formats: () => Promise<PushFormats>;
  inSlices<R>(work: Iterator<void, R>): Promise<R>;
}

/** One exporter that pushes. It has a writer, which knows what it has sent, and a queue. */
export class Push {
  readonly #format: Format;
  readonly #host: PushHost;
  readonly #report: PushReport;
  readonly #queue: DeliveryQueue;
  readonly #kept: KeptQueue | undefined;
  /** Resolves when what earlier processes or pages have left is in the queue, or after a moment. */
  readonly #opened: Promise<unknown> | undefined;
  readonly #end = new AbortController();
  /** The newest plan: its headers may be newer than those of what waits. */
  #plan: ExportPlan;
  /** Whether the application has yet to give the headers that the plan needs. */
  #lacksHeaders: boolean;
  /** Returns the plan with what the application gives before each request; absent if it has been asked already. */
  #ask: (() => Promise<ExportPlan>) | undefined;
  /** The version that the server takes, as far as is known. */
  #version: string | undefined;
  #writer: FormatWriter;
  /** The time of the snapshot that was written last. The next one is later, also if the clock is set back. */
  #latest = 0;
  /** What is being read and written, which the next one comes after, and since when the first of it is. */
  #turn: Promise<unknown> | undefined;
  #turnSince = 0;
  /** What is being written, and how many snapshots were read, and which of them was written last. */
  #writing: Promise<void> | undefined;
  #reads = 0;
  #written = 0;

  constructor(plan: ExportPlan, format: Format, host: PushHost, report: PushReport) {
    this.#plan = plan;
    this.#lacksHeaders = plan.http?.asksForHeaders === true;
    this.#format = format;
    this.#version = plan.version;
    this.#writer = format.open();
    this.#host = host;
    this.#report = report;
    const { exporter } = plan;
    this.#queue = new DeliveryQueue(plan.push!, {
      clock: host.clock,
      random: Math.random,
      timeout: plan.http?.timeout,
      send: (body) => this.#send(body),
      dropped: ({ series }, reason, why) => this.#dropped(series, reason, why),
      delivered: (_, seconds) => report.delivered(exporter, seconds),
      changed: () => this.#kept?.changed(),
    });
    const { persist } = plan.push!;
    const storage = persist && host.storage?.(persist.directory);
    const failed = (message: string) => report.fail('storage', `${exporter}: ${message}`);
    if (persist && !storage) failed('what waits to be delivered cannot be kept here');
    if (!persist || !storage) return;
    const sendsOnce = plan.push!.options.temporality === 'delta';
    const kept = { clock: host.clock, restored: restoredBody, about: aboutBody, sendsOnce, failed };
    this.#kept = new KeptQueue(this.#queue, kept);
    const opening = this.#kept.open(storage, `queue ${persist.name}`);
    this.#opened = Promise.race([opening, host.clock.after(OPEN_PATIENCE)]);
  }

  get state(): QueueState {
    const { bytes, length, age } = this.#queue;
    return { exporter: this.#plan.exporter, bytes, length, age };
  }

  /** Whether nothing is being written or sent, and nothing waits. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && !this.#turn;
  }

  async export(
    given: ExportPlan,
    read: () => Promise<Reading>,
    isAwaited: boolean,
    headers: AskForHeaders | undefined,
  ): Promise<ExportOutcome> {
    const within: Clock['within'] = isAwaited
      ? (...what) => this.#host.clock.within(...what)
      : this.#unheld;
    const { version, delivery, snapshot, number } = await this.#inTurn(async () => {
      await this.#opened;
      this.#plan = await withHeaders(given, headers, { within });
      this.#lacksHeaders = false;
      const number = ++this.#reads;
      const snapshot = await read();
      const version = this.#version;
      // What is queued is waited for outside, so that the next one need not wait for that.
      const delivery = await this.#queued(snapshot, number, within);
      return { version, snapshot, number, delivery };
    });
    let outcome = await delivery.arrives;
    // Nothing was stored of a version that the server does not know.
    if (version !== this.#version) {
      const again = await this.#inTurn(() => this.#queued(snapshot, number, within));
      outcome = await again.arrives;
    }
    const { arrived, reason } = outcome;
    return arrived ? { succeeded: true } : { succeeded: false, error: reason };
  }

  async sendLast(read: () => Promise<Reading>, atOnce: PushHost['inSlices']): Promise<void> {
    if (this.#lacksHeaders) return;
    const number = ++this.#reads;
    const bodies = await this.#bodies(await read(), number, false, atOnce);
    void this.#queue.add(bodies, 0);
    this.#queue.sendEarly(MOST_KEPT_ALIVE);
  }

  /** Queues a request that was written elsewhere. Resolves once it is queued. */
  async deliver(
    plan: ExportPlan,
    { bytes, count }: PartBody,
    headers: AskForHeaders,
    isLast = false,
  ): Promise<{ readonly arrives: Promise<Delivery> }> {
    if (!isLast) await this.#opened;
    // A page that is about to end answers no more, so the headers that it gave last are sent.
    const asks = plan.http?.asksForHeaders && (!isLast || this.#lacksHeaders);
    this.#ask = asks ? () => withHeaders(plan, headers, { within: this.#unheld }) : undefined;
    if (asks || !plan.http?.asksForHeaders) this.#plan = plan;
    const { compression, options } = plan.push!;
    const about = {
      of: 'traces',
      encoding: options.encoding === 'json' ? 'json' : 'protobuf',
    } as const;
    const plain = isLast ? MOST_KEPT_ALIVE : 0;
    const bodies = await bodiesOf({ pieces: [bytes] }, compression, count, about, plain);
    const arrives = this.#queue.add(bodies, 0, async (_, settled) => void (await settled));
    if (isLast) this.#queue.sendEarly(MOST_KEPT_ALIVE);
    return { arrives };
  }

  async flush(): Promise<string | undefined> {
    const { arrived, reason } = await this.#queue.flush(LAST_PATIENCE);
    return arrived ? undefined : `not delivered to ${this.#plan.destination} yet: ${reason}`;
  }

  async save(): Promise<void> {
    await this.#kept?.save();
  }

  async end(snapshot: Reading): Promise<void> {
    try {
      const isEnding = this.#plan.format === REMOTE_WRITE;
      const number = ++this.#reads;
      const last = isEnding ? await this.#inTurn(() => this.#bodies(snapshot, number, true)) : [];
      if (last.length === 0) return; // a flush has waited for all else
      void this.#queue.add(last, 0);
      // What was waiting is tried at once, in order.
      await this.#queue.flush(LAST_PATIENCE);
    } finally {
      await this.close();
    }
  }

  /** Ends the request under way, and keeps what waits if that is wanted. Otherwise it counts as lost. */
  async close(): Promise<void> {
    this.#queue.close();
    this.#end.abort();
    await this.#kept?.close();
    if (this.#kept) return;
    for (const { body } of this.#queue.waiting) {
      this.#dropped(body.series, 'ended', 'the collector has ended');
    }
  }

  #dropped(count: number, reason: DropReason, message: string): void {
    const { exporter, destination, events, spans } = this.#plan;
    const what = spans ? 'spans' : events ? 'events' : 'series';
    this.#report.dropped({ exporter, destination, count, what, reason, message });
  }

  /** Does the work once all before it is done: snapshots must be read and written in order. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const now = this.#host.clock.now();
    // At the edge, work whose request has ended never ends.
    const isLost = now - this.#turnSince > ABANDONED_AFTER;
    const begin = () => {
      if (isLost) this.#writing = undefined;
      this.#turnSince = this.#host.clock.now();
      return work();
    };
    const done = (isLost ? undefined : this.#turn)?.then(begin) ?? begin();
    const turn = done
      .catch(() => {})
      .then(() => {
        if (this.#turn === turn) this.#turn = undefined;
      });
    this.#turn = turn;
    return done;
  }

  /** Resolves once the snapshot is queued. The promise within is not awaited with it, since it is in an object. */
  async #queued(
    snapshot: Reading,
    number: number,
    within: Clock['within'],
  ): Promise<{ readonly arrives: Promise<Delivery> }> {
    return { arrives: this.#queue.add(await this.#bodies(snapshot, number), PATIENCE, within) };
  }

  /** Waits for `work` like `Clock.within`, but does not hold the process. */
  readonly #unheld: Clock['within'] = async (seconds, work) => {
    await Promise.race([work, this.#host.clock.after(seconds)]).catch(() => {});
  };

  /**
   * Writes a snapshot.
   * @param number tells how many were read before it. Once a later one was written, there is nothing to say: that
   *   has all that this one has
   * @param atOnce does work without a pause, and is given if there is no time to compress much
   */
  async #bodies(
    snapshot: Reading,
    number: number,
    final = false,
    atOnce?: PushHost['inSlices'],
  ): Promise<QueuedBody[]> {
    // RACE: the last snapshot of a page waits for no turn, so it may come while another one is written.
    while (this.#writing) await this.#writing;
    if (number < this.#written) return [];
    this.#written = number;
    const bodies = this.#write(snapshot, final, atOnce);
    const done = () => {
      if (this.#writing === writing) this.#writing = undefined;
    };
    const writing: Promise<void> = bodies.then(done, done);
    this.#writing = writing;
    return bodies;
  }

  async #write(
    snapshot: Reading,
    final: boolean,
    atOnce: PushHost['inSlices'] | undefined,
  ): Promise<QueuedBody[]> {
    const { escaping, push } = this.#plan;
    const options = { ...push!.options, version: this.#version, escaping, final } as FormatOptions;
    const timestamp = Math.max(snapshot.timestamp, this.#latest + LEAST_STEP);
    this.#latest = timestamp;
    const events = snapshot.waiting?.take();
    const work = this.#writer.write({ ...snapshot, timestamp, events }, options);
    const series = snapshot.families.reduce((sum, family) => sum + family.series.length, 0);
    const count = events ? events.length : series;
    const rendering = await (atOnce ?? this.#host.inSlices)(work);
    try {
      const of = events ? 'logs' : 'metrics';
      const otlp = { of, encoding: options.encoding ?? 'protobuf' } as const;
      const plain = atOnce ? MOST_KEPT_ALIVE : 0;
      return await bodiesOf(rendering, push!.compression, count, otlp, plain);
    } finally {
      rendering.done();
    }
  }

  async #send(body: QueuedBody): Promise<Receipt> {
    if (this.#ask) {
      this.#plan = await this.#ask();
      this.#lacksHeaders = false;
    }
    const { http, push, format } = this.#plan;
    const { options } = push!;
    const compression = compressionOf(body, push!.compression);
    const version = isCompressedBody(body) ? body.version : this.#version;
    const { contentType } =
      this.#format.mediaTypes.find(
        (type) => type.version === version && type.encoding === options.encoding,
      ) ?? this.#format.mediaTypes[0];
    const request = {
      ...http!,
      headers: {
        ...(compression !== 'none' && { 'content-encoding': compression }),
        ...(format === REMOTE_WRITE && { [VERSION_HEADER]: VERSIONS[version ?? '1.0']! }),
        ...http!.headers,
      },
    };
    const judge = (response: Response) => this.#judge(response, version);
    return sendByHttp(request, this.#end.signal, body.bytes, contentType, judge);
  }

  /** Looks at an answer for more than its status. */
  async #judge(response: Response, version: string | undefined): Promise<Receipt | undefined> {
    if (version === '2.0' && response.status === UNSUPPORTED) return this.#fallBack(response);
    if (!response.ok) return undefined;
    if (TOLD.includes(this.#plan.format)) {
      const rejected = await rejectedBy(response);
      if (rejected) this.#dropped(rejected.count, 'refused', rejected.why);
      return { ok: true };
    }
    const isWritten = WRITTEN.some((what) =>
      response.headers.has(`x-prometheus-remote-write-${what}-written`),
    );
    return version === '2.0' && !isWritten ? this.#fallBack(response) : undefined;
  }

  /**
   * A server that takes remote write 2.0 says how much of it was written. One that does not may say that all went
   * well, and has stored nothing.
   * https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#required-written-response-headers
   */
  #fallBack({ body }: Response): Receipt {
    void body?.cancel().catch(() => {});
    if (this.#version === '2.0') {
      this.#version = '1.0';
      this.#writer = this.#format.open();
    }
    return { ok: false, drop: true, reason: 'the server does not take remote write 2.0' };
  }
}
