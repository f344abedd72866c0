import { joinPieces } from '../bytes/pieces.ts';
import type { AskForHeaders } from '../delivery/plan-headers.ts';
import type { Reading } from '../delivery/push.ts';
import { BoundedEventLog } from '../events/bounded-event-log.ts';
import { eventTexts, newestEvents } from '../events/event-reader.ts';
import type { Exposition } from '../formats/rendering.ts';
import { nameWithUnit } from '../kinds/unit-suffix.ts';
import {
  type Erasure,
  erasureId,
  type FamilyDefinition,
  isNew,
  type Snapshot,
  type TelemetryEvent,
  textOf,
} from '../model.ts';
import type { PageBuffer } from '../pages/layout.ts';
import type { MemoryReader } from '../pages/thread-reader.ts';
import type { OwnerClient, RecordingClient, ThreadClient } from '../protocol/client.ts';
import type { CollectorConfig } from '../protocol/config.ts';
import type { EventBatch } from '../protocol/event-batch.ts';
import type { PartConfig } from '../protocol/feature.ts';
import type { GatheredHandover, KeptHandover, PartStates } from '../protocol/handover.ts';
import type {
  ExportOutcome,
  ExportPlan,
  Rendered,
  RenderRequest,
  Served,
  ServeOptions,
} from '../protocol/requests.ts';
import type { ThreadHello } from '../protocol/service.ts';
import type { CollectorStatus } from '../protocol/status.ts';
import type { Durability } from '../storage/storage.ts';
import { AbsentThread } from './absent-thread.ts';
import { Collector } from './collector.ts';
import { ExemplarLimit } from './exemplar-limit.ts';
import { Expiry } from './expiry.ts';
import { ExportSchedule } from './export-schedule.ts';
import { type Handover, type HandoverThread, type HandoverTotals, keptEvents } from './handover.ts';
import { HandoverSender } from './handover-sender.ts';
import type { MergedFamily } from './merged-family.ts';
import { openParts } from './open-parts.ts';
import { openPersistence } from './open-persistence.ts';
import { REFRESH_DEADLINE, type RecordingThread } from './recording-thread.ts';
import { RemoteThread, type ThreadHost } from './remote-thread.ts';
import { restore } from './restore.ts';
import { runToEnd } from './run-to-end.ts';
import { isOwn, sameShape } from './series-table.ts';
import type { CollectorServices, Listener } from './services.ts';
import { SharedAnswers, TooManyAsk } from './shared-answers.ts';
import { isKeptMemory } from './thread-claims.ts';
import { ThreadGroup } from './thread-group.ts';
import { decodeTotals } from './totals-record.ts';

/** Does work without a pause, while the page that it is for may be about to end. */
const atOnce: CollectorServices['inSlices'] = async (work) => runToEnd(work);

/** The number of the thread that owns the collector. Those that it lets join count from 1. */
export const OWNER = 0;
/** How many may wait for an exposition at a time. */
const MAX_WAITING = 512;
/** A request waits at most so many seconds for callbacks, whatever it says. */
const LONGEST_WAIT = 120;
/** What was written into a catalogue is read after so many seconds, unless something else asks before. */
const DRAIN_DELAY = 0.5;
/**
 * So many threads that have left, and so many resets and removals that were done, are remembered: those
 * concerned may not know of them.
 */
const MAX_REMEMBERED = 1000;
/** The application is told of at most so many names that lack their unit. */
const MAX_MISNAMED = 100;
/** The application is told of at most so many failures of a kind, in so many seconds. */
const MAX_TOLD = 10;
const TELLING_SPAN = 60;
/** In the time after which a series expires there are so many looks for such series. */
const LOOKS = 10;
/** Seconds. */
const SHORTEST_LOOK = 0.1;
const LONGEST_LOOK = 30;
const COPY_INTERVAL = 1;

/** A collector that threads join and leave, that listens, and that may replace another. */
export class SharedCollector extends Collector implements ThreadHost {
  override readonly threads = new ThreadGroup(this.services.clock);
  declare readonly owner: OwnerClient;
  override readonly log = new BoundedEventLog(this.config.eventLimit, (count) =>
    this.own.eventsDropped(count),
  );
  override readonly exports = new ExportSchedule(this.services.clock, (...what) =>
    this.runExport(...what),
  );
  readonly exemplarLimit = new ExemplarLimit();
  /** How many events of each thread have arrived, kept or not, and how many since all were cleared. */
  readonly #received = new Map<number, number>();
  readonly #sinceCleared = new Map<number, number>();
  readonly #listeners = new Map<number, Listener>();
  readonly #expositions = new SharedAnswers<Exposition>(MAX_WAITING);
  readonly #snapshots = new SharedAnswers<{ done?: undefined; json: unknown }>(MAX_WAITING);
  /** How many wait for an exposition. */
  #exposing = 0;
  readonly #expiry = new Expiry(this);
  /** How many seconds lie between looks for series that nobody records. */
  #lookInterval = Infinity;
  #stopLooks: (() => void) | undefined;
  #isLooking = false;
  #copiedAt = -Infinity;
  readonly #handover = new HandoverSender(this, () => ({
    received: [...this.#received].map(([id, events]) => [
      id,
      events,
      this.#sinceCleared.get(id) ?? 0,
    ]),
    left: this.#left,
    erased: [...this.#done],
  }));
  /** The threads that have left, and the resets and removals that were done, by their numbers. */
  #left: readonly number[] = [];
  #done = new Set<number>();
  /** Erasures that the owner has yet to hear of. */
  #unheardByOwner: readonly Erasure[] = [];
  override isComplete: boolean;
  #draining: Promise<void> | undefined;
  #durability: Durability | undefined;
  #nextListener = 1;
  /** The reasons of those refusals that the application was told of. */
  readonly #refusals = new Set<string>();
  /** The names that lack their unit and that the application was told of. */
  readonly #misnamed = new Set<string>();
  /** By reason: when the application was told of failures lately. */
  readonly #told = new Map<string, readonly number[]>();

  constructor(config: CollectorConfig, services: CollectorServices, owner: OwnerClient) {
    super(config, services, owner);
    this.isComplete = !config.handover;
  }

  /** @throws Error when the code of a feature's part cannot be had here */
  async open(): Promise<void> {
    const inherited = this.#inherited();
    // The record of the collector before this one is a part of what that collector has left.
    const states = inherited && this.config.handover?.states;
    await this.#openParts(this.config.parts, states);
    await this.restore(openPersistence(this.services.kinds), inherited);
  }

  /** @throws Error when the code of the part cannot be had here */
  async addPart(part: PartConfig): Promise<void> {
    await this.#openParts([part]);
  }

  override async current(check?: () => void): Promise<Snapshot> {
    const snapshot = await super.current(check);
    // What was shown once must not be shown lower by a collector that replaces this one.
    await this.kept();
    return snapshot;
  }

  /** Returns `undefined` for a thread that has left: what it counted is here already. */
  join(
    id: number,
    reader: MemoryReader,
    hello: ThreadHello,
    client: ThreadClient,
  ): RemoteThread | undefined {
    if (this.#left.includes(id)) return undefined;
    const absent = this.threads.absent.get(id);
    const thread = new RemoteThread(id, reader, hello, client, this, {
      mirrored: this.config.mortal && !hello.main,
      absent,
      unheard: hello.main ? this.#unheardByOwner : absent?.unheard,
    });
    this.threads.all.add(thread);
    // From now on its clock and this one are compared.
    thread.silence(this.services.clock.elapsed());
    // Some events reached the collector before this one, but neither the owner nor the thread has them any
    // more.
    this.#countMissing(id, hello.eventsSent, hello.eventsCleared);
    void this.changed();
    return thread;
  }

  hasArrived({ id, main }: RemoteThread): void {
    this.threads.absent.delete(id);
    if (main && !this.isComplete) {
      this.isComplete = true;
      void this.persistence?.save();
    }
    void this.changed();
  }

  /** Does what a thread has reset or removed while it had no collector. */
  erase(erasures: readonly Erasure[]): void {
    this.threads.drain();
    for (const erasure of erasures) {
      const { what, family = '', labelValues } = erasure;
      if (this.isDone(erasure) || (what !== 'reset' && isOwn(family))) continue;
      if (what === 'reset') {
        this.table.reset(erasure.family, this.now());
        if (erasure.family === undefined) this.clearEvents();
      } else {
        const named = ({ definition }: MergedFamily) => definition.name === family;
        const known = this.table.families.get(family);
        if (labelValues) {
          for (const one of this.table.waiting.filter(named)) one.delete(labelValues);
          known?.delete(labelValues);
        } else {
          this.table.waiting = this.table.waiting.filter((one) => !named(one));
          if (what === 'clear') known?.clear(this.now());
          else if (known) this.table.delete(known);
        }
      }
      this.erased(erasure, undefined);
    }
  }

  override resetBy(thread: RemoteThread, erasure: Erasure): void {
    if (this.isDone(erasure)) return;
    super.resetBy(thread, erasure);
    thread.hasReset(erasure);
  }

  /**
   * Whether the erasure was done before. The collector before this one may have done it, and failed before it
   * could say so.
   */
  override isDone({ id }: Erasure): boolean {
    return id !== undefined && !isNew(this.#done, id, MAX_REMEMBERED);
  }

  /** @returns how many of the thread's events are kept even if this collector ends */
  addEvents(
    thread: number,
    batch: EventBatch,
    first = this.#received.get(thread) ?? 0,
    cleared = 0,
  ): number | undefined {
    // This comes first, since a batch that cannot be read has not been received.
    const texts = eventTexts(batch);
    this.#countMissing(thread, first, cleared);
    const received = this.#received.get(thread) ?? 0;
    // Events that the collector before this one had, and its owner has kept, come again.
    const known = Math.min(received - first, batch.count);
    this.log.add(texts.slice(known));
    const dropped = batch.count - Math.max(texts.length, known);
    if (dropped > 0) this.own.eventsDropped(dropped);
    this.#hasReceived(thread, batch.count - known);
    return this.config.mortal ? this.#handover.eventsKept(thread) : undefined;
  }

  #hasReceived(thread: number, events: number): void {
    const add = (to: Map<number, number>) => to.set(thread, (to.get(thread) ?? 0) + events);
    add(this.#received);
    add(this.#sinceCleared);
  }

  /** @param sent how many events the thread has sent; it has none of them any more */
  #countMissing(thread: number, sent: number, cleared = 0): void {
    const received = this.#received.get(thread) ?? 0;
    const missing = sent - Math.max(received, cleared);
    this.#countLost(missing);
    this.#received.set(thread, Math.max(received, sent));
    if (missing > 0)
      this.#sinceCleared.set(thread, (this.#sinceCleared.get(thread) ?? 0) + missing);
  }

  /** @param thread `undefined` if it has never joined, or has left before */
  leave(id: number, thread: RemoteThread | undefined): void {
    const joined = thread && this.threads.all.delete(thread) ? thread : undefined;
    const absent = this.threads.absent.get(id);
    this.threads.absent.delete(id);
    // If the thread has followed but its memory has not arrived, the one that stands in for it has all that
    // is known.
    const gone = absent ?? joined;
    if (gone) {
      joined?.drain();
      const recorded = gone.count('telemetry_events_total');
      const dropped = gone.count('telemetry_events_dropped_total');
      // These are events that it had not sent yet when it was ended from outside.
      this.#countLost(recorded - dropped - (this.#sinceCleared.get(id) ?? 0));
      gone.leave();
      if (joined !== gone) joined?.leave();
      this.#received.delete(id);
      this.#sinceCleared.delete(id);
      this.#left = [...this.#left, id].slice(-MAX_REMEMBERED);
    }
    // The owner is not told before: until then it keeps what this thread has in its cells.
    const told = () => this.owner.threadLeft(id).catch(() => {});
    void this.changed(gone !== undefined).then(told);
  }

  addPage(thread: RemoteThread, page: number, buffer: PageBuffer): void {
    thread.addPage(page, new Float64Array(buffer));
  }

  addSegment(thread: RemoteThread, buffer: PageBuffer): void {
    thread.reader.addSegment(buffer);
    // In the only thread, the catalogue is read piece by piece.
    if (!this.config.mortal) {
      thread.drain();
      return;
    }
    // Elsewhere it is not read now: a thread that makes many series would share the core, or the memory, with
    // their reader. But it is read in the end: until then the segment is kept, and no cell that it gives back
    // is used again.
    this.#draining ??= this.services.clock.after(DRAIN_DELAY).then(() => {
      this.#draining = undefined;
      this.threads.drain();
    });
  }

  /**
   * Makes an exposition once for all who ask for the same meanwhile. Each sees what was recorded before it
   * asked. Each waits for callbacks as long as it can, which is no work.
   * @param signal aborts once nobody waits for it any more
   */
  async expose(request: RenderRequest, signal?: AbortSignal): Promise<Exposition> {
    if (this.#exposing >= MAX_WAITING) throw new TooManyAsk('too many ask at the same time');
    this.#exposing++;
    try {
      const { choose, render } = await this.services.rendering();
      const wanted = choose(request);
      await this.threads.refresh(this.secondsFor(request));
      const begin = async (check: () => void) => render(await this.current(check), wanted, check);
      return await this.#expositions.ask(wanted.question, begin, signal);
    } finally {
      this.#exposing--;
    }
  }

  /** Limits the wait here, too, since the request may be that of a thread, which may be anybody's code. */
  protected override secondsFor({ timeout = Infinity }: RenderRequest): number {
    const asked = timeout < Infinity ? Math.min(Math.max(timeout, 0), LONGEST_WAIT) : undefined;
    return super.secondsFor({ timeout: asked });
  }

  /** Makes the JSON shape of a snapshot, as an object, once for all who ask meanwhile. */
  async snapshot(): Promise<unknown> {
    await this.threads.refresh(this.collectTimeout);
    const begin = async (check: () => void) => ({
      json: await this.services.json(await this.current(check)),
    });
    return (await this.#snapshots.ask('', begin)).json;
  }

  /** Makes an exposition in one piece, for those who are somewhere else. */
  async render(request: RenderRequest): Promise<Rendered> {
    const { pieces, contentType, done } = await this.expose(request);
    try {
      return { body: joinPieces(pieces), contentType };
    } finally {
      done?.();
    }
  }

  #openParts(parts: readonly PartConfig[] | undefined, states?: PartStates): Promise<void> {
    const { kinds, outbox } = this.services;
    return openParts(this, { kinds, outbox: outbox! }, parts, states);
  }

  /** @throws Error when nothing can listen here, or the port is taken */
  async serve(options: ServeOptions): Promise<Served> {
    if (!this.services.serve) throw new Error('this runtime cannot listen; use handler() instead');
    if (options.api) {
      if (!this.parts?.has('promql')) throw new Error('the API needs use: [history(), promql()]');
      // Later the application may be too busy to hand the code over.
      await this.parts.call('promql', 'openHttp', []);
    }
    const listener = await this.services.serve(
      options,
      (request, signal) => this.expose(request, signal),
      (...call) => this.call(...call),
    );
    const id = this.#nextListener++;
    this.#listeners.set(id, listener);
    return { id, url: listener.url };
  }

  async unserve(id: number): Promise<void> {
    const listener = this.#listeners.get(id);
    this.#listeners.delete(id);
    await listener?.close();
  }

  override async runExport(
    plan: ExportPlan,
    headers?: AskForHeaders,
    isAwaited?: boolean,
  ): Promise<ExportOutcome> {
    const outcome = await super.runExport(plan, headers, isAwaited);
    this.stored(outcome.durability);
    return outcome;
  }

  /** Tells once that what is written may be lost in a power cut. That is no failure. */
  override stored(durability: Durability | undefined): void {
    if (!durability || this.#durability?.whyNotDurable) return;
    this.#durability = { ...durability };
    const { whyNotDurable } = durability;
    if (whyNotDurable) {
      this.owner
        .inform(`what is written may not survive a power cut: ${whyNotDurable}`)
        .catch(() => {});
    }
  }

  override async status(): Promise<CollectorStatus> {
    return { ...(await super.status()), ...this.#durability };
  }

  /**
   * Stores what is here, without asking the threads for more: the page may be about to end.
   * @param isLast whether it is sent, too, as far as there are periodic exports by HTTP
   */
  async save(isLast = false): Promise<void> {
    this.threads.drain();
    // Not `this.current()`: that waits for the owner, who cannot answer any more.
    const read = () => super.current(undefined, atOnce);
    const plans = isLast ? this.exports.plans : [];
    const sent = Promise.all(
      plans.map((plan) => this.#sendLast(plan, plan.events ? () => this.waiting(plan) : read)),
    );
    await Promise.all([this.persistence?.save(true), this.parts?.save(), sent]);
    await this.savePushes();
  }

  /**
   * Sends what is here by HTTP, without asking any thread for more: the page may be about to end. Never rejects.
   * @param read reads a snapshot in the same way
   */
  async #sendLast(plan: ExportPlan, read: () => Promise<Reading>): Promise<void> {
    const { exporter, push, via, http } = plan;
    try {
      if (push) await (await this.services.pushes()).sendLast(plan, read, this, atOnce);
      if (push || via !== 'http' || http?.asksForHeaders) return;
      const { succeeded } = await this.services.export(plan, await read());
      this.own.export(exporter, succeeded);
    } catch (error) {
      this.fail('export', `the last ${exporter} export failed: ${textOf(error)}`);
    }
  }

  protected override gatherEvents(): Promise<void> {
    return this.threads.gatherEvents();
  }

  async getEvents(limit: number): Promise<TelemetryEvent[]> {
    await this.gatherEvents();
    return newestEvents(this.log, limit);
  }

  override async shutdown(exporting?: boolean): Promise<void> {
    this.#stopLooks?.();
    await super.shutdown(exporting);
    await Promise.all([...this.#listeners.keys()].map((id) => this.unserve(id)));
  }

  override erased(erasure: Erasure, origin: RecordingThread | undefined): void {
    this.persistence?.erased(erasure);
    // Some threads may hear of it from two collectors, and know it again by this.
    erasure.id ??= erasureId();
    void this.changed(true);
    for (const thread of this.threads.all) if (thread !== origin) thread.erase(erasure);
    for (const thread of this.threads.absent.values()) thread.erase(erasure);
  }

  /** Counts each refusal to a thread, which may be anybody's code. Tells of each reason once. */
  refused(reason: string, message: string): void {
    this.own.error(reason);
    if (this.#refusals.has(reason)) return;
    this.#refusals.add(reason);
    this.owner.warn(message).catch(() => {});
  }

  /** Counts all failures, and tells of some: threads can make failures without end. */
  override fail(reason: string, message: string): void {
    const now = this.services.clock.elapsed();
    const told = (this.#told.get(reason) ?? []).filter((at) => now - at < TELLING_SPAN);
    if (told.length < MAX_TOLD) super.fail(reason, message);
    else this.own.error(reason);
    this.#told.set(reason, [...told, now].slice(0, MAX_TOLD));
  }

  override expired(metric?: string, count?: number): void {
    super.expired(metric, count);
    // What a thread had counted may be in no cells any more.
    void this.changed(true);
  }

  /** Looks for idle series so often that none stays much longer than it may. */
  #scheduleLooks(): void {
    const times = [...this.table.families.values()].map(
      ({ definition: { expireAfter = Infinity } }) => expireAfter,
    );
    const shortest = Math.min(...times);
    const interval =
      shortest < Infinity
        ? Math.min(Math.max(shortest / LOOKS, SHORTEST_LOOK), LONGEST_LOOK)
        : Infinity;
    if (interval === this.#lookInterval) return;
    this.#lookInterval = interval;
    this.#stopLooks?.();
    if (interval === Infinity) return;
    // A collector in the thread of an application that has dropped it must not live on for its timer.
    const weak = new WeakRef<SharedCollector>(this);
    const stop = this.services.clock.every(interval, () => {
      const collector = weak.deref();
      if (collector) void collector.#look();
      else stop();
    });
    this.#stopLooks = stop;
  }

  /** Never rejects. @param isRepeated whether threads have just let series go, of which nothing may be left now */
  async #look(isRepeated = false): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { clock, inSlices } = this.services;
    try {
      if (!isRepeated) await this.#copies();
      this.threads.drain();
      const answers = (client: RecordingClient) => this.threads.answers(client);
      const idle = await inSlices(this.#expiry.look(clock.elapsed(), answers));
      if (isRepeated) return;
      this.#scheduleLooks();
      // A thread may never answer, so nobody waits for it. One that keeps its series is not asked again at once.
      if (idle.size > 0) void this.#expiry.ask(idle).then(() => this.#look(true));
    } catch (error) {
      this.fail('collector', `a look for series that nobody records has failed: ${error}`);
    } finally {
      this.#isLooking = false;
    }
  }

  /** Has private memory copied, but not too often: that takes a moment of the thread that records. */
  async #copies(): Promise<void> {
    const { clock } = this.services;
    if (clock.elapsed() - this.#copiedAt < COPY_INTERVAL) return;
    this.#copiedAt = clock.elapsed();
    const copies = [...this.threads.all].map((thread) =>
      this.#expiry.askOne(thread.client, () => thread.copy()),
    );
    await clock.within(REFRESH_DEADLINE, Promise.all(copies));
  }

  /** Warns of each name that OpenMetrics would not let have its unit. */
  defined(definition: FamilyDefinition): void {
    const { name, unit, expireAfter } = definition;
    if (expireAfter !== undefined) this.#scheduleLooks();
    const wanted = nameWithUnit(definition);
    const told = this.#misnamed;
    if (wanted === name || told.has(name) || told.size >= MAX_MISNAMED) return;
    told.add(name);
    this.owner
      .warn(
        `${name} has the unit ${unit}, but not in its name. Call it ${wanted}, or formats that demand this leave the unit out.`,
      )
      .catch(() => {});
  }

  override conflict({ name }: FamilyDefinition): void {
    this.fail(
      'definition_conflict',
      `${name} is registered with different definitions in two threads; the second is not collected`,
    );
  }

  makeRoom(definition: FamilyDefinition, owner: RemoteThread): void {
    const { families, kinds, taken } = this.table;
    const known = families.get(definition.name);
    const isBeside = known && sameShape(known.definition, definition);
    // The owner gives the description and the unit, too.
    if (isBeside && !isOwn(definition.name)) known.definition = definition;
    for (const family of taken.owners(definition.name, kinds.get(definition.type)!).keys()) {
      if (family === known && isBeside) continue;
      if (isOwn(family.definition.name) || owner.records(family)) continue;
      for (const thread of this.threads.all) thread.setAside(family);
      for (const thread of this.threads.absent.values()) thread.setAside(family);
      this.table.delete(family);
      this.conflict(family.definition);
    }
  }

  protected override clearEvents(): void {
    super.clearEvents();
    this.#sinceCleared.clear();
  }

  protected override stall(): number {
    return this.threads.stall();
  }

  /** Hands over. Does not wait for an owner that is stuck. */
  override async handOver(totals = false): Promise<string | undefined> {
    if (!this.config.mortal) return undefined;
    let isKept = false;
    const told = this.#handover.changed(totals).then((is) => {
      isKept = is;
    });
    if (this.stall() === 0) await this.services.clock.within(REFRESH_DEADLINE, told);
    return isKept ? undefined : 'the thread that owns the collector has not answered';
  }

  override async kept(): Promise<void> {
    if (this.config.mortal && !this.#handover.isKept) await this.handOver();
  }

  override async changed(totals = false): Promise<void> {
    if (this.config.mortal) await this.#handover.changed(totals);
  }

  /** Counts lost events, but no more than the log would have kept. */
  #countLost(events: number): void {
    const lost = Math.min(events, this.config.eventLimit);
    if (lost > 0) this.own.eventsDropped(lost);
  }

  /**
   * Returns what the collector before this one has left. If that is another version's and cannot be read,
   * only the cells are left.
   */
  #inherited(): Handover | undefined {
    const kept = this.config.handover;
    if (!kept) return undefined;
    try {
      const handover = decodeTotals<Handover>(kept.latest);
      this.#succeed(handover, kept);
      return handover;
    } catch (error) {
      this.fail('collector', `what the collector before has left cannot be read: ${error}`);
      return undefined;
    }
  }

  /** Goes on where the collector before this one has ended. */
  #succeed(handover: Handover, gathered: GatheredHandover): void {
    const { totals, memory: given = [] } = gathered;
    const memory = given.filter(isKeptMemory);
    if (memory.length < given.length)
      this.fail(
        'collector',
        `of the memory kept of threads ${given.length - memory.length} parts cannot be read`,
      );
    const kept = totals && decodeTotals<HandoverTotals>(totals);
    for (const definition of kept?.definitions ?? []) this.table.define(definition);
    const families = [...handover.families, ...(kept?.families ?? [])];
    const events = keptEvents(handover, gathered);
    restore({ ...handover, families, events }, this.table, this.log, this.now());
    // These were too large for the owner to keep.
    this.#countLost(handover.logged - events.length);
    for (const [thread, received, sinceCleared] of handover.received) {
      this.#received.set(thread, received);
      this.#sinceCleared.set(thread, sinceCleared);
    }
    this.#left = handover.left;
    this.#done = new Set(handover.erased);
    for (const thread of handover.threads) {
      if (thread.id === OWNER) this.#unheardByOwner = thread.unheard;
      else this.#standIn(thread, memory);
    }
  }

  #standIn(thread: HandoverThread, memory: NonNullable<KeptHandover['memory']>): void {
    const { id, lock } = thread;
    const parts = memory.flatMap(([of, part]) => (of === id ? [part] : []));
    try {
      this.threads.absent.set(id, new AbsentThread(thread, parts, this));
    } catch (error) {
      this.fail('collector', `what was kept of thread ${id} cannot be read: ${error}`);
    }
    if (lock) this.services.onLockFree?.(lock, () => this.leave(id, this.threads.numbered(id)));
  }
}
