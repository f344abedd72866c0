/** What the detectors have found, in sentences: the newest in full, and the others one click away. */
import type { AnomalyReport } from 'utilityfog-telemetry';
import { timeOfDay } from '../numbers.ts';
import { inWords } from './watched.ts';

const MOST_LINES = 50;

export class Sentences {
  /** The newest sentence. */
  readonly log = document.createElement('div');
  /** Those before it. */
  readonly details = document.createElement('details');
  readonly #newest = document.createElement('ol');
  readonly #others = document.createElement('ol');
  readonly #summary = document.createElement('summary');

  constructor() {
    this.log.role = 'log';
    this.log.ariaLabel = 'The newest anomaly';
    this.log.className = 'sentences';
    this.log.append(this.#newest);
    this.details.className = 'sentences';
    this.details.append(this.#summary, this.#others);
    this.details.hidden = true;
  }

  get isEmpty(): boolean {
    return this.#newest.children.length === 0;
  }

  add({ watch, since, text }: AnomalyReport): void {
    const time = document.createElement('time');
    time.textContent = timeOfDay(since);
    const line = document.createElement('li');
    line.dataset.watch = watch;
    line.append(time, inWords(text));
    this.#others.prepend(...this.#newest.children);
    this.#newest.replaceChildren(line);
    while (this.#others.children.length > MOST_LINES) this.#others.lastElementChild!.remove();
    const count = this.#others.children.length;
    this.details.hidden = count === 0;
    this.#summary.textContent = `${count} earlier`;
  }
}
