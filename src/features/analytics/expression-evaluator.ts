import { messageOf } from '../../model.ts';
import type { QueryPart } from '../promql/query-part.ts';
import type { ExpressionWatch } from './expression-watch.ts';

/** So many expressions are evaluated at a time, so that a slow one does not hold up the others. */
const EVALUATED_AT_ONCE = 4;

type Elements = Awaited<ReturnType<QueryPart['engine']['vector']>>['elements'];

/** Evaluates expressions for watches. One that takes longer than the interval of runs leaves runs out. */
export class ExpressionEvaluator {
  readonly #query: QueryPart;
  readonly #goesOn: (watch: ExpressionWatch) => boolean;
  readonly #found: (watch: ExpressionWatch, elements: Elements, time: number) => void;
  readonly #failed: (watch: ExpressionWatch) => void;
  /** Expressions that wait for their evaluation, and those that are evaluated now. */
  readonly #due = new Set<ExpressionWatch>();
  readonly #evaluating = new Set<ExpressionWatch>();
  /** When the last run was. */
  #runTime = 0;

  /**
   * @param goesOn whether a watch has not ended meanwhile
   * @param found is given what an evaluation has found
   * @param failed is called after one that has failed
   */
  constructor(
    query: QueryPart,
    goesOn: (watch: ExpressionWatch) => boolean,
    found: (watch: ExpressionWatch, elements: Elements, time: number) => void,
    failed: (watch: ExpressionWatch) => void,
  ) {
    this.#query = query;
    this.#goesOn = goesOn;
    this.#found = found;
    this.#failed = failed;
  }

  /** Evaluates expressions as of a run. */
  evaluate(watches: Iterable<ExpressionWatch>, time: number): void {
    this.#runTime = time;
    for (const watch of watches) if (!this.#evaluating.has(watch)) this.#due.add(watch);
    while (this.#due.size > 0 && this.#evaluating.size < EVALUATED_AT_ONCE) {
      void this.#evaluateDue();
    }
  }

  /** Evaluates what is due, one expression after the other, until nothing is. */
  async #evaluateDue(): Promise<void> {
    for (const watch of this.#due) {
      this.#due.delete(watch);
      if (!this.#goesOn(watch)) continue;
      this.#evaluating.add(watch);
      await this.#evaluated(watch, this.#runTime).finally(() => this.#evaluating.delete(watch));
    }
  }

  async #evaluated(watch: ExpressionWatch, time: number): Promise<void> {
    try {
      const { elements } = await this.#query.engine.vector(watch.expr, { time });
      if (this.#goesOn(watch)) this.#found(watch, elements, time);
    } catch (error) {
      if (!this.#goesOn(watch)) return;
      // The series stay as they are: that nothing is known of them is no anomaly.
      watch.error = messageOf(error);
      watch.failures++;
      this.#failed(watch);
    }
  }
}
