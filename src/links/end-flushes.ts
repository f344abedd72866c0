import type { Registry } from '../metrics/registry.ts';
import { monotonic } from '../platform/timers.ts';
import type { FlushOutcome } from '../protocol/status.ts';
import { RecordedCells } from './recorded-cells.ts';

/**
 * An application that records something whenever the process is about to end would not let it: so many
 * flushes in a row, and a row they are with less than so many seconds between them.
 */
const MAX_IN_A_ROW = 10;
const PAUSE = 1;

/** Flushes when the process or the page is about to end, which may come again and again. */
export class EndFlushes {
  readonly #registry: Registry;
  readonly #flush: () => Promise<FlushOutcome>;
  /** What there was to flush at the last one. */
  #recorded: RecordedCells | undefined;
  #underWay: Promise<void> | undefined;
  #ended = 0;
  #inARow = 0;

  constructor(registry: Registry, flush: () => Promise<FlushOutcome>) {
    this.#registry = registry;
    this.#flush = flush;
  }

  /** The process comes to its end again after each flush: there is another if there is more to flush. */
  async atExit(): Promise<void> {
    // After the application's own listeners, which may have come later.
    await undefined;
    if (this.#underWay || this.#recorded?.isStill(this.#registry.cells)) return;
    if (monotonic() - this.#ended > PAUSE) this.#inARow = 0;
    if (this.#inARow++ < MAX_IN_A_ROW) void this.atEnd();
  }

  atEnd(): Promise<void> {
    this.#underWay ??= this.#flush()
      .then(
        // Not again for what has counted the failure.
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

  /** All that was recorded before is about to be handed over. */
  handingOver(): void {
    if (this.#underWay && this.#inARow > 0) this.#noteRecorded();
  }

  #noteRecorded(): void {
    this.#recorded = new RecordedCells(this.#registry.cells);
  }
}
