import type { Server } from 'node:net';
import type { TelemetryCollectorOptions } from '../../collector-options.ts';
import { textOf } from '../../model.ts';
import type { MeetingPlace } from '../../platform/meeting-place.ts';
import { after, every, monotonic } from '../../platform/timers.ts';
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
  /** Ends what is under way: waiting, or owning. */
  #stop = async () => {};

  constructor(common: Common, member: Member, collector: TelemetryCollector) {
    this.#common = common;
    this.#member = member;
    this.#collector = collector;
    void this.#stay();
  }

  /** Hands over what this process owns. The others go on. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    await this.#stop();
  }

  async #stay(): Promise<void> {
    let isWaiting = true;
    const cancel = after(PATIENCE, () => {
      if (!isWaiting) return;
      this.#collector.fail('process', 'no process owns the collector, and this one cannot own it');
      this.#member.stopWaiting();
    });
    const found = () => {
      isWaiting = false;
      cancel();
    };
    while (!this.#hasLeft) {
      try {
        await this.#visit(found);
      } catch (error) {
        this.#collector.fail('process', `the processes cannot meet: ${textOf(error)}`);
        await this.#wait(TRY_AGAIN);
      }
    }
    cancel();
  }

  /** Joins the owner, or owns the collector. Resolves when that is over, or it is not the time for it. */
  async #visit(found: () => void): Promise<void> {
    const { place } = this.#common;
    const [highest = 0] = await place.taken();
    const socket = highest > 0 ? await place.reach(highest) : undefined;
    if (this.#hasLeft) return void socket?.destroy();
    if (socket) {
      found();
      this.#stop = async () => void socket.end();
      const joinedAt = monotonic();
      await this.#member.join(socket);
      this.#since = monotonic();
      // An owner that ends at once, such as one that refuses this process, is not asked without a pause.
      if (this.#since - joinedAt < LOOK_INTERVAL) await this.#wait(LOOK_INTERVAL);
      return;
    }
    if (monotonic() - this.#since < this.#turn(highest)) return this.#wait(LOOK_INTERVAL);
    let owned: OwnedCollector | undefined;
    const server = await place.listen(highest + 1, (one) => {
      // Once it is ending, others come back when the next owner is there.
      if (owned && !owned.isEnding) owned.connected(one);
      else one.destroy();
    });
    if (!server) return;
    if (!(await this.#isOwner(highest))) return void server.close();
    found();
    owned = this.#own(highest);
    await this.#untilItEnds(owned, server, highest + 1);
  }

  /** Returns for how many seconds there must have been no owner before it is this process's turn. */
  #turn(highest: number): number {
    if (this.#member.isHeir) return 0;
    if (this.#member.inheritance.line) return TURN_OF_OTHERS;
    return highest > 0 ? TURN_OF_NEWCOMERS : 0;
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

  #own(before: number): OwnedCollector {
    const { options, own } = this.#common;
    const { inheritance } = this.#member;
    if (before > 0 && !inheritance.line) {
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
      if (owned.hasHeir) await place.reserve(number + 1);
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
