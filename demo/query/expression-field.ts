/**
 * The field for an expression: it grows with its text, completes words, and shows where something is wrong. Behind
 * the text lies the same text, invisible but for the marks under the wrong parts.
 */
import type { Completion, Option } from './completion.ts';
import { CompletionList } from './completion-list.ts';
import type { Problem } from './problem.ts';

export interface FieldListener {
  /** Called with each change by the user. */
  changed(): void;
  submitted(): void;
  complete(text: string, cursor: number, asked: boolean): Completion | undefined;
}

export class ExpressionField {
  readonly #area: HTMLTextAreaElement;
  readonly #mirror: HTMLElement;
  readonly #list: CompletionList;
  readonly #listener: FieldListener;

  /** @param parent has a `<textarea>`, a `<pre>` and a listbox */
  constructor(parent: HTMLElement, listener: FieldListener) {
    this.#area = parent.querySelector('textarea')!;
    this.#mirror = parent.querySelector('pre')!;
    this.#listener = listener;
    const list = parent.querySelector<HTMLElement>('[role=listbox]')!;
    this.#list = new CompletionList(list, this.#area, (option) => this.#accept(option));
    this.#area.addEventListener('input', () => {
      this.mark([]);
      this.#offer(false);
      listener.changed();
    });
    this.#area.addEventListener('keydown', (event) => this.#press(event));
    // What was offered belongs to another place once the cursor has moved.
    this.#area.addEventListener('click', () => this.#list.show(undefined));
    this.#area.addEventListener('blur', () => this.#list.show(undefined));
    this.mark([]);
  }

  get text(): string {
    return this.#area.value;
  }

  set text(text: string) {
    this.#area.value = text;
    this.#list.show(undefined);
    this.mark([]);
  }

  /** Offers completions where there were none: more may be known by now of what is being written. */
  offerAgain(): void {
    if (document.activeElement === this.#area && !this.#list.completion) this.#offer(false);
  }

  onFocus(act: () => void): void {
    this.#area.addEventListener('focus', act);
  }

  /** Marks the parts of the text that are wrong. Of parts that overlap, it marks the first. */
  mark(problems: readonly Problem[]): void {
    const { text } = this;
    this.#area.ariaInvalid = String(problems.length > 0);
    const marked: (string | Node)[] = [];
    let at = 0;
    for (const { start = -1, end = start } of [...problems].sort(byStart)) {
      if (start < at) continue;
      // What is missing at the end is marked behind it.
      const wrong = document.createElement('mark');
      wrong.textContent = text.slice(start, end) || ' ';
      marked.push(text.slice(at, start), wrong);
      at = end;
    }
    this.#mirror.replaceChildren(...marked, `${text.slice(at)} `);
  }

  #press(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const { key } = event;
    if (this.#list.press(key)) {
      event.preventDefault();
    } else if (key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#list.show(undefined);
      this.#listener.submitted();
    } else if (key === ' ' && event.ctrlKey) {
      event.preventDefault();
      this.#offer(true);
    } else if (/^(Arrow|Home|End|Page)/.test(key)) {
      this.#list.show(undefined);
    }
  }

  #offer(asked: boolean): void {
    const { selectionStart, selectionEnd } = this.#area;
    if (selectionStart !== selectionEnd) return;
    this.#list.show(this.#listener.complete(this.text, selectionStart, asked));
  }

  #accept({ insert }: Option): void {
    const { from, to } = this.#list.completion!;
    this.#area.setRangeText(insert, from, to, 'end');
    this.mark([]);
    this.#offer(false);
    this.#listener.changed();
  }
}

const byStart = ({ start: one = 0 }: Problem, { start: other = 0 }: Problem) => one - other;
