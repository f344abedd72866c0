/**
 * The field for an expression: it grows with its text, completes words, and shows where something is wrong. Behind
 * the text lies the same text, invisible but for the mark under the wrong part.
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
      this.mark(undefined);
      this.#offer(false);
      listener.changed();
    });
    this.#area.addEventListener('keydown', (event) => this.#press(event));
    // What was offered belongs to another place once the cursor has moved.
    this.#area.addEventListener('click', () => this.#list.show(undefined));
    this.#area.addEventListener('blur', () => this.#list.show(undefined));
    this.mark(undefined);
  }

  get text(): string {
    return this.#area.value;
  }

  set text(text: string) {
    this.#area.value = text;
    this.#list.show(undefined);
    this.mark(undefined);
  }

  onFocus(act: () => void): void {
    this.#area.addEventListener('focus', act);
  }

  /** Marks the part of the text that is wrong, or no part. */
  mark(problem: Problem | undefined): void {
    const { text } = this;
    this.#area.ariaInvalid = String(problem !== undefined);
    const { start, end = start } = problem ?? {};
    if (start === undefined || end === undefined) {
      this.#mirror.replaceChildren(`${text} `);
      return;
    }
    // What is missing at the end is marked behind it.
    const wrong = document.createElement('mark');
    wrong.textContent = text.slice(start, end) || ' ';
    this.#mirror.replaceChildren(text.slice(0, start), wrong, `${text.slice(end)} `);
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
    this.mark(undefined);
    this.#offer(false);
    this.#listener.changed();
  }
}
