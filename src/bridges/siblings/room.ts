import type { Server } from 'node:net';
import type { TelemetryCollectorOptions } from '../../collector-options.ts';
import { textOf } from '../../model.ts';
import type { MeetingPlace } from '../../platform/meeting-place.ts';
import { isRunning } from '../../platform/running-process.ts';
import { after, afterListening, every, monotonic } from '../../platform/timers.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import type { Member } from './member.ts';
import { type Own, OwnedCollector } from './owned-collector.ts';

/** How long calls wait for an owner. Seconds. */
const PATIENCE = 5;
/**
 * When an owner has ended, its heir goes on at once. If the heir has ended, too, the others do so after a while, and
 * newcomers after a longer one, since they know nothing of what was counted. Seconds.
 */
const TURN_OF_OTHERS = 1;
const TURN_OF_NEWCOMERS = 3;
const LOOK_INTERVAL = 0.05;
/** After a failure, or if this process is refused. Seconds. */
const TRY_AGAIN = 2;
/** How often an owner makes sure that others can still find it. Seconds. */
const CHECK_INTERVAL = 5;

/** What the processes of a name have in common. */
export interface Common {
  readonly place: MeetingPlace;
  readonly options: TelemetryCollectorOptions | null | undefined;
  readonly own: Own;
}

/** Joins the collector of the process that owns it, and owns it when that one has ended. */
export class Room {
  readonly #common: Common;
  readonly #member: Member;
  readonly #collector: TelemetryCollector;
  /** Since when there is no owner. */
  #since = monotonic();
  #hasLeft = false;
  /** Whether there is an owner. */
  #isFound = false;
  #cannotMeet = false;
  #giveUp = () => {};
  /** Ends what is under way: waiting, or owning. */
  #stop = async () => {};

  constructor(common: Common, member: Member, collector: TelemetryCollector) {
    this.#common = common;
    this.#member = member;
    this.#collector = collector;
    void this.#stay();
  }

  /** Called before this process leaves: it does not wait for an owner any longer than for a moment. */
  prepareToLeave(): void {
    if (!this.#isFound)
      this.#giveUp = after(this.#cannotMeet ? 0 : PATIENCE, () => this.#member.close());
  }

  /** Hands over what this process owns. The others go on. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    this.#giveUp();
    await this.#stop();
  }

  async #stay(): Promise<void> {
    const cancel = afterListening(PATIENCE, () => {
      if (this.#isFound) return;
      this.#collector.fail('process', 'no process owns the collector, and this one cannot own it');
      this.#member.stopWaiting();
    });
    while (!this.#hasLeft) {
      try {
        await this.#visit();
      } catch (error) {
        this.#cannotMeet = true;
        this.#collector.fail('process', `the processes cannot meet: ${textOf(error)}`);
        await this.#wait(TRY_AGAIN);
      }
    }
    cancel();
  }

  /** Joins the owner, or owns the collector. Resolves when that is over, or it is not the time for it. */
  async #visit(): Promise<void> {
    const { place } = this.#common;
    const [highest = 0] = await place.taken();
    const socket = highest > 0 ? await place.reach(highest) : undefined;
    if (this.#hasLeft) return void socket?.destroy();
    if (socket) {
      this.#stop = async () => void socket.end();
      const joinedAt = monotonic();
      this.#isFound = true;
      await this.#member.join(socket);
      this.#isFound = false;
      this.#since = monotonic();
      // An owner that ends at once, such as one that refuses this process, is not asked without a pause.
      if (this.#since - joinedAt < LOOK_INTERVAL) await this.#wait(LOOK_INTERVAL);
      return;
    }
    const heirs = highest > 0 ? await place.reservedFor(highest) : [];
    if (monotonic() - this.#since < this.#turn(heirs)) return this.#wait(LOOK_INTERVAL);
    let owned: OwnedCollector | undefined;
    const server = await place.listen(highest + 1, (one) => {
      // Once it is ending, others come back when the next owner is there.
      if (owned && !owned.isEnding) owned.connected(one);
      else one.destroy();
    });
    if (!server) return;
    if (!(await this.#isOwner(highest))) return void server.close();
    owned = this.#own(heirs === undefined);
    this.#isFound = true;
    await this.#untilItEnds(owned, server, highest + 1);
    this.#isFound = false;
  }

  /**
   * Returns for how many seconds there must have been no owner before it is this process's turn.
   * @param heirs the processes that the last owner has left the collector to; `undefined` if it was killed
   */
  #turn(heirs: readonly number[] | undefined): number {
    if (this.#member.isHeir) return 0;
    if (this.#member.inheritance.line) return TURN_OF_OTHERS;
    return !heirs || heirs.some(isRunning) ? TURN_OF_NEWCOMERS : 0;
  }

  /** Whether nobody else has become the owner meanwhile. */
  async #isOwner(before: number): Promise<boolean> {
    const { place } = this.#common;
    const [highest] = await place.taken();
    if (this.#hasLeft || highest !== before + 1) return false;
    // RACE: the one before may have had its number, but did not listen yet.
    const other = before > 0 ? await place.reach(before) : undefined;
    other?.destroy();
    if (other) return false;
    await place.clearBelow(highest);
    return true;
  }

  #own(wasKilled: boolean): OwnedCollector {
    const { options, own } = this.#common;
    const { inheritance } = this.#member;
    if (wasKilled && !inheritance.line) {
      this.#collector.fail(
        'process',
        'the process that had the collector has ended, and no other was there to go on with it; what it held is lost, unless it was stored',
      );
    }
    const owned = new OwnedCollector(options, own, inheritance);
    this.#member.joinHere(owned);
    return owned;
  }

  /** Resolves when this process does not own the collector any more. */
  async #untilItEnds(owned: OwnedCollector, server: Server, number: number): Promise<void> {
    const { place } = this.#common;
    let ended = () => {};
    const over = new Promise<void>((resolve) => {
      ended = resolve;
    });
    // The directory may have been deleted, such as by a cleaner of temporary files.
    const check = async () => {
      const [highest] = await place.taken().catch(() => []);
      if (highest !== number) void this.#stop();
    };
    const stopChecks = every(CHECK_INTERVAL, () => void check());
    let ending: Promise<void> | undefined;
    const end = async () => {
      stopChecks();
      // A newcomer that finds no number would not wait for the heir.
      if (owned.heirs.length > 0) await place.reserve(number + 1, owned.heirs);
      await owned.end();
      server.close();
      ended();
    };
    this.#stop = () => {
      ending ??= end();
      return ending;
    };
    await over;
    this.#since = monotonic();
  }

  #wait(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = after(seconds, resolve);
      this.#stop = async () => {
        cancel();
        resolve();
      };
    });
  }
}
