import { type Erasure, type TelemetryEvent, textOf } from '../model.ts';
import type { PageBuffer } from '../pages/layout.ts';
import type { MemoryCopy } from '../pages/memory-copier.ts';
import { ThreadReader } from '../pages/thread-reader.ts';
import type { OwnerClient, ThreadClient } from '../protocol/client.ts';
import type { CollectorConfig } from '../protocol/config.ts';
import type { EventBatch } from '../protocol/event-batch.ts';
import type { SentExemplar } from '../protocol/exemplar-batch.ts';
import type { PartConfig } from '../protocol/feature.ts';
import type {
  ExportOutcome,
  ExportPlan,
  Rendered,
  RenderRequest,
  ScheduleId,
  Served,
  ServeOptions,
} from '../protocol/requests.ts';
import type { CollectorService, ThreadHello, ThreadService, Welcome } from '../protocol/service.ts';
import type { CollectorStatus, FlushOutcome } from '../protocol/status.ts';
import { Guest } from './guest.ts';
import type { RemoteThread } from './remote-thread.ts';
import type { CollectorServices } from './services.ts';
import { TooManyAsk } from './shared-answers.ts';
import { OWNER, SharedCollector } from './shared-collector.ts';
import { isEventBatch, soundErasure } from './thread-claims.ts';

/** After so many seconds a thread has the answer to its last call. */
const LAST_ANSWER = 1;
/** How many periodic exports a thread that joined may have: it may be anybody's code. */
const MAX_SCHEDULES = 64;
/** The shortest interval between those exports, in seconds. */
const LEAST_INTERVAL = 0.1;
/** In how many places such a thread may listen. */
const MAX_LISTENERS = 16;

/** One thread's access to the collector. */
class ThreadSession implements ThreadService {
  protected collector!: SharedCollector;
  protected readonly client: ThreadClient;
  readonly #id: number;
  /** Absent for the owner, who is trusted. */
  readonly #guest: Guest | undefined;
  #thread: RemoteThread | undefined;
  #closePort: (() => void) | undefined;
  /** Whether another thread that joined has let it in. */
  #isGuests = false;
  #hasLeft = false;
  /** The ids of what this thread has made: no other thread may end that. */
  readonly #schedules = new Set<ScheduleId>();
  readonly #listeners = new Set<number>();

  constructor(id: number, client: ThreadClient, collector?: SharedCollector, guest?: Guest) {
    this.#id = id;
    this.client = client;
    this.#guest = guest;
    if (collector) this.collector = collector;
  }

  async ping(): Promise<void> {}

  /** @throws RangeError when the thread runs an incompatible build */
  async join(hello: ThreadHello): Promise<Welcome> {
    if (this.#thread) throw new Error('this thread has joined already');
    const reader = new ThreadReader(hello.control);
    // Only the owner can be the thread whose stalls are measured.
    const settled = { ...hello, main: this.#id === OWNER && hello.main };
    this.#thread = this.collector.join(this.#id, reader, settled, this.client);
    return { seriesLimit: this.collector.config.seriesLimit };
  }

  async arrived(): Promise<void> {
    this.#thread?.arrive();
  }

  async addPage(page: number, buffer: PageBuffer): Promise<void> {
    if (this.#thread) this.collector.addPage(this.#thread, page, buffer);
  }

  async addSegment(buffer: PageBuffer): Promise<void> {
    if (this.#thread) this.collector.addSegment(this.#thread, buffer);
  }

  async publish(copy: MemoryCopy): Promise<void> {
    this.#thread?.accept(copy);
  }

  async events(batch: EventBatch, first?: number, cleared?: number): Promise<number | undefined> {
    // Nothing can be read of a thread that was refused.
    if (!this.#thread) return undefined;
    if (!isEventBatch(batch)) throw new RangeError('no batch of events');
    return this.collector.addEvents(this.#id, batch, first, cleared);
  }

  async exemplars(batch: readonly SentExemplar[]): Promise<void> {
    this.#thread?.exemplars(batch);
  }

  async take(part: string, batch: unknown): Promise<unknown> {
    return this.#thread && this.collector.take(part, batch);
  }

  async beat(seconds: number): Promise<void> {
    if (this.#thread) this.#thread.reader.heartbeat = seconds;
  }

  // The answer comes when a successor would know of it: a caller that has no answer asks again there.
  async reset(erasure: Erasure): Promise<void> {
    if (this.#thread) this.collector.resetBy(this.#thread, soundErasure(erasure));
    await this.collector.handOver();
  }

  async erase(erasures: readonly Erasure[]): Promise<void> {
    this.collector.erase(erasures.map(soundErasure));
    await this.collector.handOver();
  }

  async drain(): Promise<void> {
    this.#thread?.drain();
    await this.collector.handOver();
  }

  async lifeline(lock: string): Promise<void> {
    if (this.#thread) this.#thread.lock = lock;
    this.collector.services.onLockFree?.(lock, () => void this.leave());
  }

  /** Called also when the thread's port closes. */
  async leave(): Promise<void> {
    this.collector.leave(this.#id, this.#thread);
    this.#thread = undefined;
    this.#hasLeft = true;
    if (this.#isGuests) this.#guest!.hasLeft();
    this.#isGuests = false;
    for (const id of this.#schedules) void this.collector.exports.remove(id);
    this.#schedules.clear();
    for (const id of this.#listeners) void this.collector.unserve(id);
    this.#listeners.clear();
    const close = this.#closePort;
    this.#closePort = undefined;
    await this.collector.handOver();
    if (close) void this.collector.services.clock.after(LAST_ANSWER).then(close);
  }

  async acceptPort(port: MessagePort, given?: number): Promise<void> {
    // Only the owner numbers threads. The other numbers are below 0, and not those that another collector has
    // given.
    const number = this.#id === OWNER ? given : undefined;
    const thread = number ?? -1 - Math.floor(Math.random() * 2 ** 48);
    try {
      this.#guest?.letIn();
    } catch (error) {
      port.close();
      throw this.#refused('too_many_ports', error);
    }
    let session: ThreadSession | undefined;
    if (number === undefined) this.collector.services.adopt?.(port, thread, this.collector.owner);
    const close = this.collector.services.acceptPort?.(
      port,
      (client) => {
        session = new ThreadSession(thread, client, this.collector, this.#guest ?? new Guest());
        session.#isGuests = this.#guest !== undefined;
        return session;
      },
      () => void session?.leave(),
    );
    if (session) session.#closePort = close;
  }

  start(): Promise<void> {
    return this.collector.start();
  }

  stop(): Promise<void> {
    return this.collector.stop();
  }

  flush(exporting?: boolean): Promise<FlushOutcome> {
    return this.#ask('flush', () => this.collector.flush(exporting));
  }

  save(isLast?: boolean): Promise<void> {
    // Only the owner sends: another thread may be anybody's code.
    return this.collector.save(isLast && this.#id === OWNER);
  }

  snapshot(): Promise<unknown> {
    return this.#ask('snapshot', () => this.collector.snapshot());
  }

  getEvents(limit: number): Promise<TelemetryEvent[]> {
    return this.#ask('getEvents', () => this.collector.getEvents(limit));
  }

  async render(request: RenderRequest): Promise<Rendered> {
    const rendered = await this.#ask('render', () => this.collector.render(request));
    const { transfer } = this.collector.services;
    return transfer ? transfer(rendered, rendered.body.buffer) : rendered;
  }

  runExport(plan: ExportPlan): Promise<ExportOutcome> {
    return this.#ask('runExport', () => this.collector.runExport(plan));
  }

  /** Makes an answer that takes long. A guest has only a few made at a time. */
  async #ask<T>(kind: string, make: () => Promise<T>): Promise<T> {
    try {
      return await (this.#guest ? this.#guest.ask(kind, make) : make());
    } catch (error) {
      if (!(error instanceof TooManyAsk)) throw error;
      throw this.#refused('too_many_calls', error);
    }
  }

  /** Counts a refusal, and tells of it once. */
  #refused(reason: string, error: unknown): unknown {
    this.collector.refused(reason, textOf(error));
    return error;
  }

  async schedule(
    plan: ExportPlan | undefined,
    interval: number,
    ticket: number,
  ): Promise<ScheduleId> {
    const { client } = this;
    const isOwner = this.#id === OWNER;
    this.#checkPresence();
    if (!isOwner && this.#schedules.size >= MAX_SCHEDULES) {
      throw new RangeError(`a thread has ${MAX_SCHEDULES} periodic exports at most`);
    }
    const id = this.collector.exports.add(
      plan,
      isOwner ? interval : Math.max(interval, LEAST_INTERVAL),
      () => client.exportDue(ticket),
      ({ succeeded }) => void client.exported(ticket, succeeded).catch(() => {}),
      this.#guest,
      () => client.exportHeaders(ticket),
    );
    this.#schedules.add(id);
    return id;
  }

  async unschedule(id: ScheduleId): Promise<void> {
    if (this.#schedules.delete(id)) await this.collector.exports.remove(id);
  }

  async serve(options: ServeOptions): Promise<Served> {
    this.#checkPresence();
    if (this.#guest && this.#listeners.size >= MAX_LISTENERS) {
      throw new RangeError(`a thread listens on ${MAX_LISTENERS} ports at most`);
    }
    const served = await this.collector.serve(options);
    if (this.#hasLeft) {
      await this.collector.unserve(served.id);
      this.#checkPresence();
    }
    this.#listeners.add(served.id);
    return served;
  }

  /** @throws Error once the thread has left: nothing would end what it asks for */
  #checkPresence(): void {
    if (this.#hasLeft) throw new Error('this thread has left');
  }

  async unserve(id: number): Promise<void> {
    if (this.#listeners.delete(id)) await this.collector.unserve(id);
  }

  async countExport(exporter: string, succeeded: boolean): Promise<void> {
    // Nothing is counted of a thread that was refused.
    if (this.#thread) await this.collector.countExport(exporter, succeeded);
  }

  status(): Promise<CollectorStatus> {
    return this.collector.status();
  }
}

/** The owner's access: the thread that started the collector. */
export class OwnerSession extends ThreadSession implements CollectorService {
  readonly #owner: OwnerClient;
  readonly #services: CollectorServices;

  constructor(owner: OwnerClient, services: CollectorServices) {
    super(OWNER, owner);
    this.#owner = owner;
    this.#services = services;
  }

  async configure(config: CollectorConfig): Promise<void> {
    this.collector = new SharedCollector(config, this.#services, this.#owner);
    await this.collector.open();
  }

  async ended(thread: number): Promise<void> {
    this.collector.leave(thread, this.collector.threads.numbered(thread));
  }

  call(part: string, method: string, args: readonly unknown[]): Promise<unknown> {
    return this.collector.call(part, method, args);
  }

  addPart(part: PartConfig): Promise<void> {
    return this.collector.addPart(part);
  }

  shutdown(exporting?: boolean): Promise<void> {
    return this.collector.shutdown(exporting);
  }
}
