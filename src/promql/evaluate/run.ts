import { messageOf } from '../../model.ts';
import type { Expr, VectorSelector } from '../ast.ts';
import { selectPatiently } from '../patient-select.ts';
import { QueryError } from '../query-error.ts';
import { Patience } from '../regex/patience.ts';
import type { Series, Source } from '../source.ts';
import { Annotations } from './annotations.ts';
import { Budget } from './budget.ts';
import { withFoundResets } from './counted-selectors.ts';
import type { Frame } from './frame.ts';
import type { Grid } from './grid.ts';

/** What surrounds an engine, and differs from place to place. */
export interface Surroundings {
  /** Seconds since 1970. */
  now(): number;
  /** Seconds of a clock that nobody sets. */
  elapsed(): number;
  /** Resolves once the thread had time for other things. */
  pause(): Promise<void>;
  /** Calls `run` after so many seconds, unless it is cancelled. Without it a source is waited for. */
  after?(seconds: number, run: () => void): () => void;
}

/** How a query is evaluated. All times are in milliseconds. */
export interface Settings {
  readonly source: Source;
  readonly lookback: number;
  readonly start: number;
  readonly end: number;
  /** Zero if there is one time only. */
  readonly step: number;
  /** See `countedSelectors`. */
  readonly counted: readonly VectorSelector[];
  readonly delayedNameRemoval: boolean;
  readonly experimental: boolean;
  readonly maxSamples: number;
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

type Evaluate = (run: Run, expr: Expr, frame: Frame) => Promise<Grid>;

/** How many milliseconds of work are done in one go. */
const SLICE = 6;
/** The clock is read each time that so many cells have been worked on. */
const CELLS_BETWEEN_LOOKS = 20_000;

/** One query while it is evaluated: what all of its parts share. */
export class Run {
  readonly annotations = new Annotations();
  readonly budget: Budget;
  readonly settings: Settings;
  readonly patience = new Patience(() => this.pause());
  readonly #surroundings: Surroundings;
  readonly #evaluate: Evaluate;
  readonly #began: number;
  #sliceBegan: number;
  #cells = 0;

  constructor(settings: Settings, surroundings: Surroundings, evaluate: Evaluate) {
    this.settings = settings;
    this.budget = new Budget(settings.maxSamples);
    this.#surroundings = surroundings;
    this.#evaluate = evaluate;
    this.#began = surroundings.elapsed();
    this.#sliceBegan = this.#began;
  }

  /** Evaluates a part of the query at the times of a frame. */
  evaluate(expr: Expr, frame: Frame): Promise<Grid> {
    return this.#evaluate(this, expr, frame);
  }

  /** Counts work. Returns whether it is time for a pause. */
  spent(cells: number): boolean {
    this.#cells += cells;
    if (this.#cells < CELLS_BETWEEN_LOOKS) return false;
    this.#cells = 0;
    return (this.#surroundings.elapsed() - this.#sliceBegan) * 1000 >= SLICE;
  }

  /** @throws QueryError if the query was given up meanwhile */
  async pause(): Promise<void> {
    await this.#surroundings.pause();
    this.check();
    this.#sliceBegan = this.#surroundings.elapsed();
  }

  /** Reads what a selector stands for: the samples later than `from`, and not later than `to`. */
  async select(selector: VectorSelector, from: number, to: number): Promise<readonly Series[]> {
    const { source, counted } = this.settings;
    const { matchers } = selector;
    const series = await this.#until(selectPatiently(source, matchers, from, to, this.patience));
    return counted.includes(selector) ? series.map(withFoundResets) : series;
  }

  /** Waits for what the source reads, unless the query is given up before. */
  async #until<T>(reading: T | Promise<T>): Promise<T> {
    if (!(reading instanceof Promise)) return reading;
    const { signal, timeout } = this.settings;
    const left = timeout / 1000 - (this.#surroundings.elapsed() - this.#began);
    let stop: () => void = () => {};
    let stopTimer: (() => void) | undefined;
    const givenUp = new Promise<never>((_, reject) => {
      stop = () => reject(canceled());
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop, { once: true });
      stopTimer = this.#surroundings.after?.(left, () => reject(timedOut()));
    });
    try {
      return await Promise.race([reading, givenUp]);
    } catch (error) {
      if (error instanceof QueryError) throw error;
      throw new QueryError('execution', `expanding series: ${messageOf(error)}`);
    } finally {
      stopTimer?.();
      signal?.removeEventListener('abort', stop);
      this.#sliceBegan = this.#surroundings.elapsed();
    }
  }

  /** @throws QueryError if the query was cancelled, or has taken too long */
  check(): void {
    if (this.settings.signal?.aborted) throw canceled();
    if ((this.#surroundings.elapsed() - this.#began) * 1000 > this.settings.timeout) {
      throw timedOut();
    }
  }
}

function canceled(): QueryError {
  return new QueryError('execution', 'query was canceled in query execution');
}

function timedOut(): QueryError {
  return new QueryError('limit', 'query timed out in query execution');
}
