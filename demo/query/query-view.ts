/**
 * Asks the collector whatever somebody writes, and shows the answer, which it renews while it is visible. The
 * worker evaluates; this thread only draws.
 */
import type { TelemetryCollector } from 'utilityfog-telemetry';
import type { QueryResult } from 'utilityfog-telemetry/promql';
import type { View } from '../tabs.ts';
import { seriesOf } from './answer.ts';
import { AnswerTable } from './answer-table.ts';
import { complete } from './completion.ts';
import { EXAMPLES } from './examples.ts';
import { ExpressionField } from './expression-field.ts';
import { type Problem, problemsOf } from './problem.ts';
import { MOST_LINES, type PlotRange, QueryPlot } from './query-plot.ts';
import { Vocabulary } from './vocabulary.ts';

/** How often the answer is renewed. Milliseconds. */
const RENEWAL = 2000;
/** What is written is checked when no key has been pressed for so long. Milliseconds. */
const PAUSE = 300;
/** A plot has so many steps at most, and a step has a second at least. */
const STEPS = 180;
const EVERYTHING = '{__name__!=""}';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

export class QueryView implements View {
  readonly #collector: TelemetryCollector;
  readonly #field: ExpressionField;
  readonly #span = element<HTMLSelectElement>('query-span');
  readonly #problem = element('query-problem');
  readonly #notes = element('query-notes');
  readonly #plotArea = element('query-plot');
  readonly #tableArea = element('query-table');
  readonly #plot = new QueryPlot(this.#plotArea);
  readonly #table = new AnswerTable(this.#tableArea);
  #vocabulary = new Vocabulary([]);
  #asked = EXAMPLES[0].expr;
  #renewed = 0;
  /** Rises with each question, so that a late answer to an earlier one is not shown. */
  #question = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(collector: TelemetryCollector) {
    this.#collector = collector;
    this.#field = new ExpressionField(element('expression'), {
      changed: () => this.#checkSoon(),
      submitted: () => void this.ask(this.#field.text),
      complete: (text, cursor, asked) => complete(text, cursor, this.#vocabulary, asked),
    });
    this.#field.onFocus(() => void this.#learn());
    this.#field.text = this.#asked;
    this.#span.addEventListener('change', () => void this.ask(this.#asked));
    element('query-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.ask(this.#field.text);
    });
    element('examples').append(...EXAMPLES.map((one) => this.#example(one)));
  }

  /** Asks this expression from now on. */
  async ask(expr: string): Promise<void> {
    clearTimeout(this.#pause);
    if (this.#field.text !== expr) this.#field.text = expr;
    if (!(await this.#check(expr))) return;
    this.#asked = expr;
    this.#renewed = 0;
    await this.update();
  }

  async update(): Promise<void> {
    const now = performance.now();
    if (now - this.#renewed < RENEWAL * 0.9) return;
    this.#renewed = now;
    this.#question += 1;
    const question = this.#question;
    const isCurrent = () => question === this.#question;
    let problems: readonly Problem[] = [];
    try {
      await this.#showAnswer(this.#asked, isCurrent);
    } catch (error) {
      problems = problemsOf(error, this.#asked);
    }
    // While something else is being written, its own faults are shown.
    if (isCurrent() && this.#field.text === this.#asked) this.#show(problems);
  }

  /** To be called after a change of theme. */
  redraw(): void {
    this.#plot.redraw();
  }

  async #showAnswer(expr: string, isCurrent: () => boolean): Promise<void> {
    const range = rangeOf(Number(this.#span.value));
    const began = performance.now();
    const { answer, plotted } = await this.#answer(expr, range);
    if (!isCurrent()) return;
    this.#plotArea.hidden = !plotted;
    this.#tableArea.hidden = plotted;
    if (plotted) this.#plot.show(seriesOf(answer), range);
    else this.#table.show(answer);
    this.#showNotes(answer, plotted, performance.now() - began);
  }

  async #answer(
    expr: string,
    range: PlotRange,
  ): Promise<{ answer: QueryResult; plotted: boolean }> {
    let failure: unknown;
    if (range.end > range.start) {
      try {
        return { answer: await this.#collector.queryRange(expr, range), plotted: true };
      } catch (error) {
        failure = error;
      }
    }
    // A text, or the samples of some time, can be asked for but not plotted.
    const answer = await this.#collector
      .query(expr)
      .catch((error) => Promise.reject(failure ?? error));
    return { answer, plotted: false };
  }

  #showNotes(answer: QueryResult, plotted: boolean, milliseconds: number): void {
    const count = seriesOf(answer).length;
    const shown = plotted && count > MOST_LINES ? `, the first ${MOST_LINES} shown` : '';
    const summary = `${count} series${shown} · answered in ${milliseconds.toFixed(0)} ms`;
    const notes = [...answer.warnings, ...answer.infos].map((text, i) => {
      const note = document.createElement('li');
      note.className = i < answer.warnings.length ? 'warning' : 'info';
      note.textContent = text;
      return note;
    });
    const line = document.createElement('li');
    line.textContent = count > 0 ? summary : `Nothing has an answer · ${summary}`;
    this.#notes.replaceChildren(...notes, line);
  }

  #checkSoon(): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#check(this.#field.text), PAUSE);
  }

  /** Shows what is wrong with an expression, if anything is. Resolves to whether it may be asked. */
  async #check(expr: string): Promise<boolean> {
    const problems = await this.#collector.parsePromQL(expr).then(
      () => [],
      (error: unknown) => problemsOf(error, expr),
    );
    if (this.#field.text === expr) this.#show(problems);
    return problems.length === 0;
  }

  #show(problems: readonly Problem[]): void {
    this.#field.mark(problems);
    const text = problems.map(({ message }) => message).join('\n');
    if (this.#problem.textContent !== text) this.#problem.textContent = text;
    this.#problem.hidden = problems.length === 0;
  }

  /** Learns what can be asked about. It changes rarely, so once for each visit of the field is enough. */
  async #learn(): Promise<void> {
    const vocabulary = new Vocabulary(this.#collector.getAllMetrics().values());
    this.#vocabulary = vocabulary;
    const textBefore = this.#field.text;
    // Without an answer there are still the names.
    const answer = await this.#collector.query(EVERYTHING).catch(() => undefined);
    if (!answer) return;
    vocabulary.learn(seriesOf(answer).map(({ metric }) => metric));
    // RACE: somebody who writes at once has asked before this was known.
    if (this.#field.text !== textBefore) this.#field.offerAgain();
  }

  #example({ title, expr }: (typeof EXAMPLES)[number]): HTMLLIElement {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = title;
    button.title = expr;
    button.addEventListener('click', () => void this.ask(expr));
    item.append(button);
    return item;
  }
}

/** Returns the last `span` seconds. Steps stand at whole multiples, so that lines do not tremble. */
function rangeOf(span: number): PlotRange {
  const step = Math.max(1, Math.ceil(span / STEPS));
  const end = Math.floor(Date.now() / 1000 / step) * step;
  return { start: end - span, end, step };
}
