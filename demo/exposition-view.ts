/**
 * Shows what a Prometheus server would get, with colours. Lines keep their elements and change only where
 * their text does, so the scroll position and a selection survive the next second.
 */
import { formatPrometheus, type TelemetryCollector } from 'utilityfog-telemetry';

interface Line {
  readonly element: HTMLElement;
  readonly value: Text | undefined;
  /** Everything but the value. */
  readonly head: string;
  text: string;
}

const SAMPLE = /^([^\s{]+)(\{.*\})?( .+)$/;

export class ExpositionView {
  readonly #collector: TelemetryCollector;
  readonly #list = document.createElement('code');
  readonly #filter: HTMLInputElement;
  readonly #none = comment('No line has this text.').element;
  #lines: Line[] = [];

  constructor(collector: TelemetryCollector, parent: HTMLElement, filter: HTMLInputElement) {
    this.#collector = collector;
    this.#filter = filter;
    this.#none.className = 'none';
    parent.append(this.#list, this.#none);
    filter.addEventListener('input', () => this.#applyFilter());
  }

  async update(): Promise<void> {
    const lines = (await formatPrometheus(this.#collector)).trimEnd().split('\n');
    lines.forEach((text, i) => {
      this.#show(i, text);
    });
    for (const { element } of this.#lines.splice(lines.length)) element.remove();
    this.#applyFilter();
  }

  #show(index: number, text: string): void {
    const known = this.#lines[index];
    if (known?.text === text) return;
    const [, name, labels = '', value] = text.startsWith('#') ? [] : (SAMPLE.exec(text) ?? []);
    const head = name === undefined ? text : name + labels;
    if (known?.value && known.head === head) {
      known.value.data = value;
      known.text = text;
      return;
    }
    const line = name === undefined ? comment(text) : sample(name, labels, value);
    if (known) known.element.replaceWith(line.element);
    else this.#list.append(line.element);
    this.#lines[index] = { ...line, head, text };
  }

  #applyFilter(): void {
    const wanted = this.#filter.value.trim().toLowerCase();
    let isAny = false;
    for (const { element, text } of this.#lines) {
      const hidden = wanted !== '' && !text.toLowerCase().includes(wanted);
      if (element.hidden !== hidden) element.hidden = hidden;
      isAny ||= !hidden;
    }
    this.#none.hidden = isAny;
  }
}

function comment(text: string): Pick<Line, 'element' | 'value'> {
  const element = document.createElement('span');
  element.className = text.startsWith('# TYPE') ? 'type' : 'help';
  element.textContent = text;
  return { element, value: undefined };
}

function sample(name: string, labels: string, value: string): Pick<Line, 'element' | 'value'> {
  const element = document.createElement('span');
  const tinted = document.createElement('i');
  tinted.textContent = labels;
  const number = document.createElement('b');
  const text = document.createTextNode(value);
  number.append(text);
  element.append(name, tinted, number);
  return { element, value: text };
}
