import { type Erasure, erasureId, isNew, isOfAll, TelemetryError, textOf } from '../model.ts';
import { ThreadMemory } from '../pages/thread-memory.ts';
import { currentTime, monotonic } from '../platform/timers.ts';
import type { OwnerClient, SoleClient } from '../protocol/client.ts';
import type { EventBatch } from '../protocol/event-batch.ts';
import type { CollectorService } from '../protocol/service.ts';
import type { FlushOutcome } from '../protocol/status.ts';
import { attachMemory, detachMemory } from './attached-memory.ts';
import { CellsSnapshot } from './cells-snapshot.ts';
import { connect, connectPort } from './connect.ts';
import {
  CANNOT_SERVE,
  Connection,
  type ConnectionLink,
  type Diagnostics,
  type Recorder,
  type Request,
  type ScheduledExport,
  type ServeRequest,
} from './connection.ts';
import { closerOf, holdWhile, onceDropped, weakMethods } from './dropped-collectors.ts';
import { EndFlushes } from './end-flushes.ts';
import { HandoverKeeper } from './handover-keeper.ts';
import type { Heirs } from './heirs.ts';
import type { Link, LinkOwner } from './link.ts';
import type { LinkRuntime } from './link-runtime.ts';
import { NextCollector } from './next-collector.ts';
import { repeatErasure } from './repeated-erasure.ts';
import {
  announceSuccessor,
  onSuccessor,
  sendPort,
  ThreadPorts,
  withdrawSuccessor,
} from './thread-ports.ts';
import { UnconfirmedEvents } from './unconfirmed-events.ts';
import { PING_INTERVAL, Watchdog } from './watchdog.ts';

const HEARTBEAT = 0.5; // seconds
/** Workers that may fail before the collector goes on in this thread. */
const MAX_WORKER_FAILURES = 2;
/**
 * A thread that has been without a collector for so long uses its freed cells again. After that no
 * collector can go on from what was read of it before. Seconds.
 */
const LONGEST_ABSENCE = 600;
/** How many erasures are remembered. No collector tells again of those before. */
const MAX_HEARD = 1000;

const SHUT_DOWN = 'the collector was shut down';

/**
 * The connection to a collector in a worker, which is replaced when it fails, and to the collector of
 * another thread.
 */
export class WorkerConnection extends Connection<CollectorService> {
  declare protected readonly runtime: LinkRuntime;
  readonly #memory: ThreadMemory;
  readonly #threads = new ThreadPorts();
  /** The port of a thread that joined, to its collector. */
  #port: MessagePort | undefined;
  /** The collector that may replace the one at that port. */
  readonly #next: NextCollector;
  /** Why a thread that joined has no collector. */
  #whyGone: string | undefined;
  #keeper = new HandoverKeeper();
  #heirs: Heirs | undefined;
  readonly #unconfirmed: UnconfirmedEvents;
  /** Resets and removals that this thread has heard of: the next collector may tell of them again. */
  readonly #heard = new Set<number>();
  #ending = false;
  #unwatch: (() => void)[] = [];
  /** What must be asked for again of a collector that replaces one that failed. */
  readonly #standing = new Set<Request<CollectorService>>();
  /** Whether threads may have joined. */
  #hasThreads = false;
  /** The methods that timers and the worker call. */
  readonly #calls = {
    replace: (reason: string) => {
      this.#replacing = this.#replace(reason);
    },
    beat: () => this.signOfLife(),
    ping: () => this.#watchdog.ping(this.link as Link | undefined),
    ending: () => void this.#endFlushes.atExit(),
    closing: (isLeft: boolean, isHidden: boolean) => {
      const { link } = this;
      const sends = isHidden && this.#sending + this.recorder.outboxes.size > 0;
      if (link) this.#sendAll(link as Link, sends);
      void this.#endFlushes.atEnd();
      if (link && link.kind !== 'inline') this.#linger(isLeft, sends);
    },
    watched: (watched: boolean) => {
      this.#watched = watched;
      this.signOfLife();
    },
  };
  readonly #weakCalls = weakMethods(this.#calls, this);
  readonly #watchdog = new Watchdog();
  /** How long the first answer may take. Seconds. */
  #patience: number | undefined;
  readonly #endFlushes: EndFlushes;
  /** What the cells held when the page was last about to end. */
  #handedOver: CellsSnapshot | undefined;
  #failures = 0;
  /** How many links were given up, whether they were made or still under way. */
  #drops = 0;
  #watched = true;
  /** How many periodic exports the collector sends by HTTP. */
  #sending = 0;
  #replacing: Promise<void> | undefined;
  #watchingIdle: Promise<void> | undefined;

  constructor(recorder: Recorder, runtime: LinkRuntime) {
    super(recorder, runtime);
    this.#memory = new ThreadMemory(recorder.registry.cells);
    this.#endFlushes = new EndFlushes(recorder.registry, () => this.flush());
    this.#unconfirmed = new UnconfirmedEvents(recorder.config.eventLimit);
    this.#port = recorder.port;
    this.#next = new NextCollector(
      runtime,
      (port) => this.#follow(port),
      () => this.#memory.release(),
    );
    if (recorder.port) this.#listen(recorder.port);
    if (recorder.config.persist) this.#saveAtEnd();
  }

  override async serve(options: ServeRequest): Promise<{ url: string; close(): Promise<void> }> {
    if (this.#ending) throw new TelemetryError('shut_down', SHUT_DOWN);
    const { serving } = this.runtime;
    if (!serving) throw new TelemetryError('cannot_serve', CANNOT_SERVE);
    const warn = (message: string) => this.recorder.registry.warn(message, message, Infinity);
    const taken = serving(options, warn);
    const { host = '127.0.0.1', path = '/metrics' } = taken;
    let { id, url } = { id: 0, url: '' };
    let from: CollectorService | undefined;
    const withdraw = await this.askEach(async (service) => {
      // A collector that replaces another listens on the same port.
      const port = url === '' ? taken.port : Number(new URL(url).port);
      ({ id, url } = await service.serve({ ...taken, port, host, path }));
      from = service;
    }).catch((error) => {
      const reason = textOf(error);
      // Node: EADDRINUSE; Bun asks "Is port … in use?"
      const remedy = /in ?use/i.test(reason) ? '; choose another port, or 0 for any' : '';
      throw new TelemetryError(
        'cannot_serve',
        `cannot listen on ${host}:${taken.port} (${reason})${remedy}`,
      );
    });
    const close = async () => {
      withdraw();
      await this.#replacing;
      // A replaced collector takes its listener along, and so does one that fails meanwhile.
      if (this.link?.service === from) await from?.unserve(id).catch(() => {});
    };
    return { url, close };
  }

  /** Makes heirs of other processes. It comes before anything needs the collector. */
  bequeath(heirs: Heirs): void {
    this.#heirs = heirs;
    this.#keeper = heirs.keeper;
    // Threads of the process before this one have had the first numbers.
    this.#threads.joined = Math.floor(Math.random() * 2 ** 32);
  }

  override async acceptPort(port: MessagePort, thread?: number): Promise<undefined> {
    // Sent at once, since this thread may compute for long before it can hand the port over.
    port.postMessage({ made: true });
    if (this.#port) await this.#passOn(port);
    else await this.#threads.add(port, await this.service(), thread);
    this.#hasThreads = true;
    this.#holdWhileBusy();
    return undefined;
  }

  /**
   * Hands the port to this thread's own collector, which another thread owns. If that collector fails, the
   * port is lost with it; the joining thread then follows to the next one over a spare port.
   */
  async #passOn(port: MessagePort): Promise<void> {
    const over = this.#port;
    const spare = announceSuccessor(port);
    try {
      await sendPort(port, this.service());
      // The owner now has a port over which the thread can follow.
      withdrawSuccessor(spare);
    } catch (error) {
      if (hasFailed(error) && (await this.#isReplaced(over))) return this.#passOn(spare);
      withdrawSuccessor(spare);
      throw error;
    }
  }

  override flush(): Promise<FlushOutcome> {
    return this.#retryWithNext(() => super.flush());
  }

  override async watchIdle(): Promise<void> {
    // Many metrics are registered one after the other.
    this.#watchingIdle ??= this.#tellOfSeries();
    await this.#watchingIdle;
  }

  async #tellOfSeries(): Promise<void> {
    const ready = this.ready().finally(() => {
      // What is registered from here on is told of by another call.
      this.#watchingIdle = undefined;
    });
    const { service, publish } = await ready;
    await publish?.();
    await service.drain();
  }

  override async askEach(request: Request<CollectorService>): Promise<() => void> {
    await this.#retryWithNext(() => super.askEach(request));
    this.#standing.add(request);
    this.#holdWhileBusy();
    return () => {
      this.#standing.delete(request);
      this.#holdWhileBusy();
    };
  }

  override async schedule(
    scheduled: ScheduledExport,
    interval: number,
  ): Promise<() => Promise<void>> {
    const stop = await super.schedule(scheduled, interval);
    if (scheduled.plan?.via !== 'http') return stop;
    this.#sending++;
    return () => {
      this.#sending--;
      return stop();
    };
  }

  /**
   * Keeps this connection alive while there is something to do, even if the application has dropped its
   * collector.
   */
  #holdWhileBusy(): void {
    const { port, config } = this.recorder;
    const isBusy = this.#standing.size > 0 || this.#hasThreads || !!port || !!config.persist;
    holdWhile(isBusy && !this.closed, this);
  }

  override async diagnostics(): Promise<Diagnostics> {
    return { ...(await super.diagnostics()), reason: this.#reason() };
  }

  override async end(): Promise<void> {
    this.#ending = true;
    if (this.#port) await this.#leave();
    await super.end();
    this.#standing.clear();
    this.#threads.close();
    this.#holdWhileBusy();
  }

  /**
   * Leaves the collector of another thread. Resolves when that has all that was counted here, or when there
   * is no such collector any more.
   */
  async #leave(): Promise<void> {
    const leave = async () => {
      const service = await this.service();
      await this.link?.publish?.();
      await service.leave();
    };
    await this.#retryWithNext(leave).catch((error) => {
      if (this.#whyGone) return;
      this.recorder.registry.fail('collector', `the collector was not left in order: ${error}`);
    });
    this.#next.close();
    this.#whyGone ??= SHUT_DOWN;
  }

  /** Asks again if the collector fails meanwhile: then the one that replaces it is asked. */
  async #retryWithNext<T>(ask: () => Promise<T>): Promise<T> {
    const port = this.#port;
    try {
      return await ask();
    } catch (error) {
      if (!hasFailed(error) || !(await this.#isReplaced(port))) throw error;
      return this.#retryWithNext(ask);
    }
  }

  protected override async connect(sole: SoleClient): Promise<ConnectionLink<CollectorService>> {
    if (this.#whyGone) throw new TelemetryError('collector_gone', this.#whyGone);
    const drops = this.#drops;
    const client = weakMethods(this.#client(sole), this);
    const { config, registry } = this.recorder;
    const port = this.#port;
    const runtime = this.runtime;
    const owner = this.#owner();
    const kept = () => this.#keeper.handover;
    const made = port
      ? connectPort(port, runtime, client, owner, (reason) => {
          // RACE: the thread may have followed to the next collector while this was made.
          if (this.#port === port) this.#giveUpCollector(reason);
        })
      : connect({
          ...this.recorder,
          config: {
            ...config,
            // Read only when the worker is configured: a worker that dies before that may have left one.
            get handover() {
              return kept();
            },
            erased: [],
          },
          runtime,
          owner,
          client,
          link: this.#failures >= MAX_WORKER_FAILURES ? 'inline' : this.recorder.link,
          onFailure: this.#weakCalls.replace,
          failed: this.failed,
        });
    // Does not ask for the class: applications replace `Promise`.
    const link = 'kind' in made ? made : await made;
    if (this.closed) {
      link.close();
      throw new TelemetryError('shut_down', SHUT_DOWN);
    }
    // RACE: the collector has failed while the link was made. Callers that wait for it wait for the next
    // one.
    if (drops !== this.#drops) {
      link.close();
      return this.ready();
    }
    if (this.failed.length > 0) {
      const tried = this.failed.map(({ way, reason }) => `${way}: ${reason}`).join('; ');
      // Nothing is lost if one of our own workers could be started after all.
      const harmless =
        link.kind !== 'inline' && this.failed.every(({ way }) => way !== 'application');
      const level = harmless ? 'info' : 'warn';
      registry.log(level, `using the ${link.kind} link (${tried})`);
    }
    this.use({
      ...link,
      // The next copy has all that was recorded before it, also by the callbacks that ran for it.
      publish: (atOnce) => {
        this.#endFlushes.handingOver();
        return link.publish(atOnce);
      },
    });
    this.#eraseAgain(link);
    attachMemory(registry, this.#memory, link);
    this.#unconfirmed.sendAgain(link.service);
    registry.exemplars.sendAgain();
    link.service.arrived().then(
      () => this.#watchdog.start(),
      () => {},
    );
    this.#watch(link);
    if (port) await runtime.lifeline((lock) => link.service.lifeline(lock).catch(() => {}));
    return link;
  }

  override sendBatch(batch: EventBatch): Promise<unknown> | undefined {
    const { link } = this;
    return link && this.#unconfirmed.send(batch, link.service);
  }

  override tell(erasure: Erasure): void {
    this.#isFirstTime(erasure);
    if (isOfAll(erasure)) this.#unconfirmed.clear();
    super.tell(erasure);
  }

  /** Whether this thread hears of the erasure for the first time. */
  #isFirstTime(erasure: Erasure): boolean {
    erasure.id ??= erasureId();
    return isNew(this.#heard, erasure.id, MAX_HEARD);
  }

  /**
   * Tells the new collector what was erased meanwhile, before the thread joins with what it has recorded
   * since.
   */
  #eraseAgain({ service }: Link): void {
    const { erased } = this.recorder;
    const told = [...erased];
    for (const erasure of told) this.#isFirstTime(erasure);
    if (told.length === 0) return;
    const arrived = () => {
      for (const erasure of told) erased.delete(erasure);
    };
    service.erase(told).then(arrived, () => {});
  }

  /**
   * Resolves to whether another collector has replaced the one that failed.
   * @param port over which this thread spoke with that one; `undefined` if this thread owns it
   */
  async #isReplaced(port: MessagePort | undefined): Promise<boolean> {
    if (port) return this.#port !== port || this.#next.wait();
    await this.#replacing;
    return this.#replacing !== undefined && !this.#ending;
  }

  protected override get reachable(): boolean {
    return !this.#whyGone;
  }

  protected override drop(): void {
    this.#drops++;
    for (const stop of this.#unwatch) stop();
    this.#unwatch = [];
    detachMemory(this.recorder.registry, this.#memory);
    if (!this.recorder.port) this.#memory.release();
    super.drop();
  }

  #reason(): string {
    const kind = this.link?.kind;
    if (kind === this.recorder.link) return 'the application asked for it';
    if (kind === 'shared') return "the collector can read this thread's memory";
    if (kind === 'message') return this.runtime.whyNotShared();
    return this.failed.length > 0 ? 'no worker could be started' : 'there are no workers here';
  }

  #client(sole: SoleClient): OwnerClient {
    const { registry, outbox } = this.recorder;
    return {
      ...sole,
      erase: async (erasure) => {
        if (!this.#isFirstTime(erasure)) {
          // RACE: the collector did not know that this thread has done it, and has erased what came from
          // here since.
          if (erasure.family !== undefined) registry.metrics.get(erasure.family)?.publish();
          return;
        }
        if (isOfAll(erasure)) {
          outbox.clear();
          this.#unconfirmed.clear();
        }
        repeatErasure(registry, erasure);
      },
      sendEvents: async () => outbox.flush(),
      keep: async (handover) => {
        this.#keeper.keep(handover);
        await this.#heirs?.keep(handover);
      },
      adopt: async (thread, port) => this.#threads.adopt(thread, port, this.link?.service),
      threadLeft: async (thread) => {
        this.#threads.left(thread);
        this.#keeper.left(thread);
        this.#heirs?.left(thread);
      },
      inform: async (message) => registry.log('info', message),
    };
  }

  #owner(): LinkOwner {
    const { registry, port } = this.recorder;
    return {
      main: !port,
      memory: this.#memory,
      events: () => this.#unconfirmed.told,
      onJoined: (seriesLimit) => {
        if (port) registry.seriesLimit = seriesLimit;
      },
      onRefused: (error) => {
        if (!this.closed) registry.fail('collector', `this thread is not collected: ${error}`);
      },
    };
  }

  /** Makes a link to a collector that replaces another, and repeats all requests that stand. */
  async #renew(meet?: (service: CollectorService) => Promise<void>): Promise<void> {
    // Requests that come meanwhile go to the new collector anyway.
    const standing = [...this.#standing];
    const { service, publish } = await this.ready();
    // What the old collector has shown must be there before anybody can ask the new one for it.
    await publish?.();
    await meet?.(service);
    for (const request of standing) {
      await request(service).catch((error) =>
        this.recorder.registry.fail('collector', `not as before the replacement: ${error}`),
      );
    }
  }

  /** Starts another collector. This thread owns the pages, so the new collector finds all counts there. */
  async #replace(reason: string): Promise<void> {
    if (this.#ending) return;
    const { registry } = this.recorder;
    this.drop();
    this.#failures++;
    registry.fail('worker', `the collector's worker failed, starting another: ${reason}`);
    try {
      await this.#renew((service) => this.#threads.follow(service));
    } catch (error) {
      registry.fail('worker', `no collector could be started: ${error}`);
    }
  }

  /**
   * Gives up a lost collector. The thread goes on recording and keeps its events, since another collector
   * may come.
   */
  #giveUpCollector(reason: string): void {
    if (this.closed || this.#whyGone) return;
    this.#whyGone = reason;
    this.drop();
    if (!this.#next.isPossible) this.#memory.release();
    // If nobody ever says that there will be no other collector, cells that could be used again would pile
    // up.
    else this.#unwatch.push(this.runtime.after(LONGEST_ABSENCE, () => this.#memory.release()));
  }

  #listen(port: MessagePort): void {
    const ended = () => {
      if (this.#port !== port) return;
      const reason = 'the collector has ended';
      // RACE: the collector may end before this thread speaks with it.
      if (this.link) (this.link as Link).fail(reason);
      else this.#giveUpCollector(reason);
    };
    port.addEventListener('close', ended, { once: true });
    const made = () => {
      this.#patience = LONGEST_ABSENCE;
      this.#watchdog.start(this.#patience);
    };
    onSuccessor(port, this.runtime, (successor) => this.standBy(successor), ended, made);
  }

  /** Lets the next collector speak over this port. */
  standBy(successor: MessagePort): void {
    if (this.closed) successor.close();
    else this.#next.standBy(successor);
  }

  /** Follows to the collector that replaces another and speaks over that port. */
  #follow(port: MessagePort): void {
    if (this.closed) return;
    this.drop();
    this.#port = port;
    this.#patience = undefined;
    this.#whyGone = undefined;
    this.#renew().catch((error) =>
      this.recorder.registry.fail('collector', `the next collector could not be joined: ${error}`),
    );
  }

  /** Flushes at the end of the process or page even if nothing has needed the collector until then. */
  #saveAtEnd(): void {
    const withoutLink = (flush: () => void) => () => {
      if (!this.link) flush();
    };
    const stop = this.runtime.onLifecycle({
      ending: withoutLink(() => void this.#endFlushes.atExit()),
      closing: withoutLink(() => void this.#endFlushes.atEnd()),
      watched: () => {},
    });
    this.#unwatch.push(stop);
  }

  protected override signOfLife(): void {
    this.recorder.registry.catalogue?.tick?.(currentTime() / 1000);
    (this.link as Link | undefined)?.beat(this.#watched ? monotonic() : Infinity);
  }

  #watch(link: Link): void {
    const { runtime } = this;
    const { beat, ping, ending, closing: leaving, watched } = this.#weakCalls;
    beat();
    this.#watchdog.start(this.#patience);
    this.#unwatch.push(
      runtime.every(HEARTBEAT, beat),
      runtime.every(PING_INTERVAL, ping),
      runtime.onLifecycle({ ending, closing: leaving, watched }),
    );
    // A collector in this thread is collected together with it, and this thread must not end another
    // thread's.
    const end = link.kind === 'inline' || this.#port ? [] : [closerOf(link.channel)];
    onceDropped(this, [...this.#unwatch, ...end]);
    this.#holdWhileBusy();
  }

  /**
   * Blocks for a moment when a page is left. The page pays for it only if it has recorded something since
   * it last handed over, or if the worker has to send that.
   */
  #linger(isLeft: boolean, sends: boolean): void {
    const { linger } = this.runtime;
    const { config, registry } = this.recorder;
    if (!linger || !(config.persist || sends)) return;
    const { cells } = registry;
    if (isLeft && (sends || !this.#handedOver?.isUnchanged(cells))) linger(sends);
    this.#handedOver = new CellsSnapshot(cells);
  }

  /** Hands everything over in messages that wait for no answer: this thread may not live to see one. */
  #sendAll({ service, publish }: Link, sends: boolean): void {
    const silent = () => {};
    this.handOver();
    publish(true).catch(silent);
    service.save(sends).catch(silent);
  }
}

/** Whether another collector may answer after this error. */
function hasFailed(error: unknown): boolean {
  return ['worker_failed', 'collector_gone'].includes((error as TelemetryError).code);
}
