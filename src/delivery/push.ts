import type { Format, FormatOptions, FormatWriter } from '../formats/format.ts';
import type { Snapshot } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { ExportOutcome, ExportPlan } from '../protocol/requests.ts';
import type { Storage } from '../storage/storage.ts';
import type { Receipt } from './destination.ts';
import { sendByHttp } from './http-destination.ts';
import { KeptQueue } from './kept-queue.ts';
import { rejectedBy } from './otlp-answer.ts';
import { type AskForHeaders, withHeaders } from './plan-headers.ts';
import {
  aboutBody,
  bodiesOf,
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
/** So many exporters may have a queue. Their plans may be anybody's. */
const MAX_PUSHES = 64;

const REMOTE_WRITE = 'remote-write';
const OTLP = 'otlp';
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

/** What a `Pushes` tells its collector. */
export interface PushReport {
  dropped(exporter: string, series: number, reason: DropReason, why: string): void;
  delivered(exporter: string, seconds: number): void;
  /** Called when what waits could not be kept. */
  fail(reason: string, message: string): void;
}

export interface PushHost {
  readonly clock: Clock;
  /** Where what waits can be kept; absent where nothing can be. */
  readonly storage?: ((directory: string | undefined) => Storage) | undefined;
  readonly formats: () => Promise<PushFormats>;
  inSlices<R>(work: Iterator<void, R>): Promise<R>;
}

/** The exporters that push. Each has a writer, which knows what it has sent, and a queue. */
export class Pushes {
  readonly #host: PushHost;
  readonly #open = new Map<string, Push>();

  constructor(host: PushHost) {
    this.#host = host;
  }

  /** What waits, for each exporter. */
  get states(): QueueState[] {
    return [...this.#open.values()].map(({ state }) => state);
  }

  /** Queues a snapshot. Resolves when it has arrived, or will not soon. @throws Error if it cannot be written */
  async export(
    given: ExportPlan,
    snapshot: Snapshot,
    report: PushReport,
    headers?: AskForHeaders,
  ): Promise<ExportOutcome> {
    const plan = await withHeaders(given, headers, this.#host.clock);
    const { id } = plan.push!;
    const push = this.#open.get(id) ?? (await this.#opened(plan, report));
    await push.opened;
    return push.export(plan, snapshot);
  }

  /** Keeps what waits, where that is wanted: the page may be about to end. */
  async save(): Promise<void> {
    await Promise.all([...this.#open.values()].map((push) => push.save()));
  }

  /** Says that all series have ended, where a format can say so, and waits a moment for what is queued. */
  async end(snapshot: Snapshot): Promise<void> {
    await Promise.all([...this.#open.values()].map((push) => push.end(snapshot)));
    this.#open.clear();
  }

  async #opened(plan: ExportPlan, report: PushReport): Promise<Push> {
    const format = (await this.#host.formats()).find(({ name }) => name === plan.format);
    if (!format) throw new RangeError(`no format that is pushed is called "${plan.format}"`);
    const known = this.#open.get(plan.push!.id);
    if (known) return known;
    if (this.#open.size >= MAX_PUSHES)
      throw new RangeError(`${MAX_PUSHES} exporters can push at most`);
    const push = new Push(plan, format, this.#host, report);
    this.#open.set(plan.push!.id, push);
    return push;
  }
}

class Push {
  readonly #format: Format;
  readonly #host: PushHost;
  readonly #report: PushReport;
  readonly #queue: DeliveryQueue;
  readonly #kept: KeptQueue | undefined;
  /** Resolves when what earlier processes or pages have left is in the queue, or after a moment. */
  readonly opened: Promise<unknown> | undefined;
  /** The newest plan: its headers may be newer than those of what waits. */
  #plan: ExportPlan;
  /** The version that the server takes, as far as is known. */
  #version: string | undefined;
  #writer: FormatWriter;
  /** The latest writing, which the next one comes after. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(plan: ExportPlan, format: Format, host: PushHost, report: PushReport) {
    this.#plan = plan;
    this.#format = format;
    this.#version = plan.version;
    this.#writer = format.open();
    this.#host = host;
    this.#report = report;
    const { exporter } = plan;
    this.#queue = new DeliveryQueue(plan.push!, {
      clock: host.clock,
      random: Math.random,
      send: (body) => this.#send(body),
      dropped: ({ series }, reason, why) => report.dropped(exporter, series, reason, why),
      delivered: (_, seconds) => report.delivered(exporter, seconds),
      changed: () => this.#kept?.changed(),
    });
    const { persist } = plan.push!;
    const storage = persist && host.storage?.(persist.directory);
    const failed = (message: string) => report.fail('storage', `${exporter}: ${message}`);
    if (persist && !storage) failed('what waits to be delivered cannot be kept here');
    if (!persist || !storage) return;
    const kept = { clock: host.clock, restored: restoredBody, about: aboutBody, failed };
    this.#kept = new KeptQueue(this.#queue, kept);
    const opening = this.#kept.open(storage, `queue ${persist.name}`);
    this.opened = Promise.race([opening, host.clock.after(OPEN_PATIENCE)]);
  }

  async save(): Promise<void> {
    await this.#kept?.save();
  }

  get state(): QueueState {
    const { bytes, length, age } = this.#queue;
    return { exporter: this.#plan.exporter, bytes, length, age };
  }

  async export(plan: ExportPlan, snapshot: Snapshot): Promise<ExportOutcome> {
    this.#plan = plan;
    const version = this.#version;
    const outcome = await this.#deliver(snapshot);
    // Nothing was stored of a version that the server does not know.
    const { arrived, reason } = version === this.#version ? outcome : await this.#deliver(snapshot);
    return arrived ? { succeeded: true } : { succeeded: false, error: reason };
  }

  async end(snapshot: Snapshot): Promise<void> {
    const last = this.#plan.format === REMOTE_WRITE ? await this.#bodies(snapshot, true) : [];
    // What was waiting is tried at once, in order.
    void this.#queue.add(last, 0);
    await this.#queue.flush(LAST_PATIENCE);
    this.#queue.close();
    await this.#kept?.close();
    if (this.#kept) return;
    for (const { body } of this.#queue.waiting) {
      this.#report.dropped(this.#plan.exporter, body.series, 'ended', 'the collector has ended');
    }
  }

  async #deliver(snapshot: Snapshot): Promise<Delivery> {
    return this.#queue.add(await this.#bodies(snapshot), PATIENCE);
  }

  /** Writes a snapshot once the one before is written. */
  #bodies(snapshot: Snapshot, final = false): Promise<QueuedBody[]> {
    const { escaping, push } = this.#plan;
    const options = { ...push!.options, version: this.#version, escaping, final } as FormatOptions;
    const written = this.#writing.then(async () => {
      const rendering = await this.#host.inSlices(this.#writer.write(snapshot, options));
      try {
        return await bodiesOf(rendering, push!.compression);
      } finally {
        rendering.done();
      }
    });
    this.#writing = written.catch(() => {});
    return written;
  }

  #send(body: QueuedBody): Promise<Receipt> {
    const { http, push, format } = this.#plan;
    const { compression, options } = push!;
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
    return sendByHttp(request, new AbortController().signal, [body.bytes], contentType, judge);
  }

  /** Looks at an answer that says that all went well. */
  async #judge(response: Response, version: string | undefined): Promise<Receipt | undefined> {
    if (this.#plan.format === OTLP) {
      const rejected = await rejectedBy(response);
      if (rejected)
        this.#report.dropped(this.#plan.exporter, rejected.count, 'refused', rejected.why);
      return { ok: true };
    }
    return version === '2.0' ? this.#judgeSecond(response) : undefined;
  }

  /**
   * A server that takes remote write 2.0 says how much of it was written. One that does not may say that all went
   * well, and has stored nothing.
   * https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#required-written-response-headers
   */
  #judgeSecond({ headers, body }: Response): Receipt | undefined {
    if (WRITTEN.some((what) => headers.has(`x-prometheus-remote-write-${what}-written`))) {
      return undefined;
    }
    void body?.cancel().catch(() => {});
    if (this.#version === '2.0') {
      this.#version = '1.0';
      this.#writer = this.#format.open();
    }
    return { ok: false, drop: true, reason: 'the server does not take remote write 2.0' };
  }
}
