import type { Registry } from '../metrics/registry.ts';
import { monotonic } from '../platform/timers.ts';
import type { FlushOutcome } from '../protocol/status.ts';
import { CellsSnapshot } from './cells-snapshot.ts';

/**
 * An application that records something whenever the process is about to end would never let it end. So
 * there are at most this many flushes in a row. Flushes with less than `PAUSE` seconds between them are a
 * row.
 */
const MAX_IN_A_ROW = 10;
const PAUSE = 1;

/** Flushes when the process or the page is about to end, which may happen more than once. */
export class EndFlushes {
  readonly #registry: Registry;
  readonly #flush: () => Promise<FlushOutcome>;
  /** What the cells held at the last flush. */
  #recorded: CellsSnapshot | undefined;
  #underWay: Promise<void> | undefined;
  #ended = 0;
  #inARow = 0;

  constructor(registry: Registry, flush: () => Promise<FlushOutcome>) {
    this.#registry = registry;
    this.#flush = flush;
  }

  /**
   * Flushes before the process ends, if there is something new. After each flush the process comes to its
   * end again, and calls this again.
   */
  async atExit(): Promise<void> {
    // The application's own listeners run first, even those that were added later.
    await undefined;
    if (this.#underWay || this.#recorded?.isUnchanged(this.#registry.cells)) return;
    if (monotonic() - this.#ended > PAUSE) this.#inARow = 0;
    if (this.#inARow++ < MAX_IN_A_ROW) void this.atEnd();
  }

  atEnd(): Promise<void> {
    this.#underWay ??= this.#flush()
      .then(
        // What is recorded by now includes the count of the failed export, which must not cause another
        // flush.
        ({ exported }) => {
          if (exported === false) this.#noteRecorded();
        },
        (error) => {
          this.#registry.fail('collector', `the last flush failed: ${error}`);
          this.#noteRecorded();
        },
      )
      .then(() => {
        this.#underWay = undefined;
        this.#ended = monotonic();
      });
    return this.#underWay;
  }

  /** To be called when all that was recorded so far is about to be handed over. */
  handingOver(): void {
    if (this.#underWay && this.#inARow > 0) this.#noteRecorded();
  }

  #noteRecorded(): void {
    this.#recorded = new CellsSnapshot(this.#registry.cells);
  }
}
