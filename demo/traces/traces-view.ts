/** Lists the newest traces, and shows the one that is chosen as a waterfall. */
import { milliseconds, timeOfDay } from '../numbers.ts';
import type { View } from '../tabs.ts';
import type { TraceSummary } from './kept-traces.ts';
import type { TraceReceiver } from './trace-receiver.ts';
import { Waterfall } from './waterfall.ts';

const NONE_YET = 'No trace has come yet. The worker sends the spans of five seconds at a time.';

export class TracesView implements View {
  readonly #receiver: TraceReceiver;
  readonly #flush: () => Promise<unknown>;
  readonly #list = document.createElement('ul');
  readonly #title = document.createElement('h3');
  readonly #waterfall = new Waterfall();
  readonly #buttons = new Map<string, HTMLButtonElement>();
  /** The trace that is shown, or will be once it has come. */
  #chosen = '';
  #shown = '';

  /** @param flush sends all spans that have ended */
  constructor(receiver: TraceReceiver, flush: () => Promise<unknown>, parent: HTMLElement) {
    this.#receiver = receiver;
    this.#flush = flush;
    this.#list.className = 'trace-list';
    this.#list.ariaLabel = 'The newest traces';
    this.#title.textContent = NONE_YET;
    this.#title.ariaLive = 'polite';
    const detail = document.createElement('section');
    detail.append(this.#title, this.#waterfall.element);
    const columns = document.createElement('div');
    columns.className = 'trace-columns';
    columns.append(this.#list, detail);
    parent.append(columns);
  }

  async update(): Promise<void> {
    const newest = await this.#receiver.newest();
    const gone = new Set(this.#buttons.keys());
    newest.forEach((trace, i) => {
      gone.delete(trace.id);
      const button = this.#buttonOf(trace);
      if (this.#list.children[i] === button.parentElement) return;
      this.#list.insertBefore(button.parentElement!, this.#list.children[i] ?? null);
    });
    for (const id of gone) {
      this.#buttons.get(id)!.parentElement!.remove();
      this.#buttons.delete(id);
    }
    if (!this.#chosen && newest.length > 0) {
      const first = newest.find(({ name }) => name === 'pulse') ?? newest[0];
      this.#chosen = first.id;
    }
    if (this.#chosen !== this.#shown) await this.#showChosen();
  }

  /** Shows a trace, even if its spans have not been sent yet. */
  async choose(id: string): Promise<void> {
    this.#chosen = id;
    await this.#showChosen();
    if (this.#shown === id) return;
    this.#waterfall.clear();
    this.#title.textContent = 'The spans of this trace are on their way.';
    await this.#flush();
    await this.#showChosen();
    if (this.#chosen === id && this.#shown !== id) {
      this.#title.textContent = 'This trace has not ended yet, or is too old to be kept.';
    }
  }

  async #showChosen(): Promise<void> {
    const id = this.#chosen;
    const trace = await this.#receiver.trace(id);
    if (!trace || this.#chosen !== id) return;
    this.#shown = id;
    this.#title.textContent = titleOf(trace);
    this.#waterfall.show(trace);
    for (const [other, button] of this.#buttons) button.ariaPressed = String(other === id);
  }

  #buttonOf(trace: TraceSummary): HTMLButtonElement {
    const known = this.#buttons.get(trace.id);
    if (known) return known;
    const button = document.createElement('button');
    button.type = 'button';
    button.ariaPressed = String(trace.id === this.#shown);
    button.className = trace.name;
    button.classList.toggle('lost', trace.error !== '');
    const name = document.createElement('b');
    name.textContent = trace.name;
    const time = document.createElement('time');
    time.textContent = timeOfDay(trace.began / 1000);
    const duration = document.createElement('output');
    duration.textContent = trace.error ? 'lost' : milliseconds(trace.duration);
    button.append(name, time, duration);
    button.addEventListener('click', () => void this.choose(trace.id));
    const item = document.createElement('li');
    item.append(button);
    this.#buttons.set(trace.id, button);
    return button;
  }
}

function titleOf({ name, began, duration, spanCount }: TraceSummary): string {
  const length = milliseconds(duration);
  return `${name} at ${timeOfDay(began / 1000)}: ${length}, ${spanCount} spans`;
}
