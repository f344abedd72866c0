import type { Socket } from 'node:net';
import type { Handover } from '../../collector/handover.ts';
import type { TelemetryCollectorOptions } from '../../collector-options.ts';
import type { HandoverKeeper } from '../../links/handover-keeper.ts';
import type { WorkerConnection } from '../../links/worker-connection.ts';
import { type ThreadPort, textOf } from '../../model.ts';
import { randomId } from '../../platform/random-id.ts';
import { isRunning, processId } from '../../platform/running-process.ts';
import { after, every, monotonic } from '../../platform/timers.ts';
import type { CollectorService } from '../../protocol/service.ts';
import { TelemetryCollector } from '../../telemetry-collector.ts';
import { AcceptedSibling, type SiblingHost } from './accepted-sibling.ts';
import { Legacy } from './legacy.ts';
import { type Claim, processOf, threadNumber } from './sibling-message.ts';

/** What the owner of a collector has left to this process. */
export interface Inheritance {
  /** Absent if this process has never joined a collector. */
  readonly line: string | undefined;
  /** Is told of all that this process would leave. */
  readonly keeper: HandoverKeeper;
}

/** Called with the collector of all processes in the one that owns it. */
export type Own = (all: TelemetryCollector) => unknown;

/** How often it is looked whether a process that has not come back still runs. Seconds. */
const LOOK_INTERVAL = 0.25;
/** A process that has not come back for so long uses its freed cells again, so its counts are settled. Seconds. */
const LONGEST_ABSENCE = 600;
/** After a failure, the application is asked again in so many seconds. */
const OWN_AGAIN = 1;

/** The collector of all processes, in the one that owns it. */
export class OwnedCollector implements SiblingHost {
  readonly #all: TelemetryCollector;
  readonly #line: string;
  readonly #legacy: Legacy;
  /** The processes of the owner before this one that have yet to come back. */
  readonly #absent: Set<number>;
  #stopLooking = () => {};
  isEnding = false;

  constructor(
    options: TelemetryCollectorOptions | null | undefined,
    own: Own,
    { line = randomId(), keeper }: Inheritance,
  ) {
    this.#all = new TelemetryCollector(options);
    this.#line = line;
    this.#legacy = new Legacy(keeper);
    this.#absent = new Set(threadsIn(keeper));
    void this.#all.call(async (connection) => {
      (connection as WorkerConnection).bequeath(this.#legacy);
    }, undefined);
    if (this.#absent.size > 0) this.#awaitReturn();
    void this.#tellApplication(own);
  }

  /** The processes that could go on. */
  get heirs(): readonly number[] {
    return this.#legacy.threads.flatMap((thread) => processOf(thread) ?? []);
  }

  /** Lets the thread of this very process in, over the other end of its port. */
  joinHere(port: ThreadPort, claim: Claim | undefined): Claim | string {
    const known = this.#known(processId(), claim);
    if (typeof known !== 'string') this.#accept(port, known.thread);
    return known;
  }

  join(pid: number, claim: Claim | undefined) {
    const known = this.#known(pid, claim);
    if (typeof known === 'string') return known;
    const { port1, port2 } = new MessageChannel();
    this.#accept(port1, known.thread);
    return { known, port: port2 };
  }

  connected(socket: Socket): void {
    new AcceptedSibling(socket, this);
  }

  joined(sibling: AcceptedSibling): void {
    this.#legacy.add(sibling);
  }

  ended(sibling: AcceptedSibling): void {
    this.#legacy.remove(sibling);
  }

  fail(what: string): void {
    this.#all.fail('process', `a process ${what}`);
  }

  /** Hands everything over, and lets the others go. */
  async end(): Promise<void> {
    this.isEnding = true;
    this.#stopLooking();
    // Where processes are restarted one after the other, the newest will be there for longest.
    this.#legacy.preferNewest();
    await this.#all.shutdown();
    this.#legacy.close();
  }

  #accept(port: ThreadPort, thread: number): void {
    const accept = (connection: { acceptPort(...args: unknown[]): Promise<unknown> }) =>
      connection.acceptPort(port, thread);
    void this.#all.call(accept as never, undefined);
  }

  /** Returns as what a process joins, or why it does not. */
  #known(pid: number, claim: Claim | undefined): Claim | string {
    const line = this.#line;
    // It has been with the collector of another line, or with none. All that it has is new here.
    if (claim?.line !== line) return { line, thread: threadNumber(pid) };
    // The owner before may have ended before it had anything of it. Then all of it is new here, too.
    if (this.#absent.delete(claim.thread)) return claim;
    const { keeper } = this.#legacy;
    const known = [...threadsIn(keeper), ...leftIn(keeper)];
    if (!known.includes(claim.thread)) return claim;
    // What it had counted is among the totals, so all of that would be there twice.
    return 'it was away for too long';
  }

  /** Settles the counts of processes that do not come back. */
  #awaitReturn(): void {
    const until = monotonic() + LONGEST_ABSENCE;
    const withMemory = new Set(this.#legacy.keeper.handover?.memory?.map(([thread]) => thread));
    const look = () => {
      for (const thread of this.#absent) {
        const pid = processOf(thread);
        if (pid !== undefined && isRunning(pid) && monotonic() < until) continue;
        this.#absent.delete(thread);
        if (!withMemory.has(thread)) {
          this.fail('has ended together with the one that had the collector: its counts are lost');
        }
        const ended = (service: unknown) => (service as CollectorService).ended(thread);
        void this.#all.ask(ended, undefined);
      }
      if (this.#absent.size === 0) this.#stopLooking();
    };
    this.#stopLooking = every(LOOK_INTERVAL, look);
  }

  /** Asks the application what to do with the collector until that succeeds. */
  async #tellApplication(own: Own): Promise<void> {
    try {
      await own(this.#all);
    } catch (error) {
      if (this.#all.isShutDown) return;
      this.#all.fail('process', `own() has failed and will be called again: ${textOf(error)}`);
      after(OWN_AGAIN, () => {
        if (!this.#all.isShutDown) void this.#tellApplication(own);
      });
    }
  }
}

/** Returns the numbers of the threads of which a collector has left something. */
function threadsIn(keeper: HandoverKeeper): number[] {
  const { threads = [] } = latestOf(keeper);
  // The thread that had started the collector has nothing that it would leave.
  return threads.map(({ id }) => id).filter((id) => id !== 0);
}

/** Returns the numbers of the threads whose counts are settled. */
function leftIn(keeper: HandoverKeeper): readonly number[] {
  return latestOf(keeper).left ?? [];
}

function latestOf({ handover }: HandoverKeeper): Partial<Pick<Handover, 'threads' | 'left'>> {
  return handover ? JSON.parse(new TextDecoder().decode(handover.latest)) : {};
}
