/** The list of completions below the expression, as the ARIA practices describe it. */
import type { Completion, Option } from './completion.ts';

const MARKS: Readonly<Record<Option['kind'], string>> = {
  metric: 'm',
  function: 'ƒ',
  aggregator: 'Σ',
  keyword: 'k',
  label: 'l',
  value: 'v',
  duration: 't',
};

export class CompletionList {
  readonly #list: HTMLElement;
  /** The focus stays there; the active option is only named to it. */
  readonly #field: HTMLElement;
  readonly #choose: (option: Option) => void;
  #completion: Completion | undefined;
  #active = -1;

  constructor(list: HTMLElement, field: HTMLElement, choose: (option: Option) => void) {
    this.#list = list;
    this.#field = field;
    this.#choose = choose;
    // Without this a press would take the focus from the field, which closes the list.
    list.addEventListener('pointerdown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => {
      const item = (event.target as Element).closest('[role=option]');
      const at = item ? [...list.children].indexOf(item) : -1;
      const option = this.#completion?.options[at];
      if (option) choose(option);
    });
  }

  get completion(): Completion | undefined {
    return this.#completion;
  }

  show(completion: Completion | undefined): void {
    this.#completion = completion;
    this.#list.replaceChildren(...(completion?.options.map(itemFor) ?? []));
    this.#list.hidden = !completion;
    this.#list.scrollTop = 0;
    this.#activate(completion && !completion.complete ? 0 : -1);
  }

  /** Takes a key that is for the list. Returns whether it was. */
  press(key: string): boolean {
    if (!this.#completion) return false;
    const count = this.#completion.options.length;
    if (key === 'ArrowDown') this.#activate((this.#active + 1) % count);
    else if (key === 'ArrowUp') this.#activate((Math.max(this.#active, 0) + count - 1) % count);
    else if (key === 'Escape') this.show(undefined);
    else if (key === 'Enter' && this.#active >= 0) {
      this.#choose(this.#completion.options[this.#active]);
    } else return false;
    return true;
  }

  #activate(at: number): void {
    this.#list.children[this.#active]?.removeAttribute('aria-selected');
    this.#active = at;
    const item = this.#list.children[at] as HTMLElement | undefined;
    item?.setAttribute('aria-selected', 'true');
    item?.scrollIntoView({ block: 'nearest' });
    if (item) this.#field.setAttribute('aria-activedescendant', item.id);
    else this.#field.removeAttribute('aria-activedescendant');
  }
}

function itemFor({ kind, name, hint }: Option, at: number): HTMLElement {
  const item = document.createElement('div');
  item.role = 'option';
  item.id = `completion-${at}`;
  item.dataset.kind = kind;
  const mark = document.createElement('i');
  mark.textContent = MARKS[kind];
  mark.title = kind;
  mark.ariaHidden = 'true';
  const text = document.createElement('code');
  text.textContent = name;
  const note = document.createElement('small');
  note.textContent = hint;
  item.append(mark, text, note);
  return item;
}
