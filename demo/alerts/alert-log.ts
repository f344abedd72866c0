/** The log of what became pending, fired and resolved, newest first. */
import type { AlertReport } from 'utilityfog-telemetry';
import { timeOfDay } from '../numbers.ts';

const MOST_LINES = 50;

export class AlertLog {
  readonly #list = document.createElement('ol');

  constructor(parent: HTMLElement) {
    const title = document.createElement('h3');
    title.textContent = 'What happened';
    title.id = 'alert-log-title';
    const hint = document.createElement('li');
    hint.className = 'hint';
    hint.textContent = 'Nothing yet. Turn up the faults or the traffic, or strike a branch.';
    this.#list.append(hint);
    const section = document.createElement('section');
    section.className = 'alert-log';
    const log = document.createElement('div');
    log.role = 'log';
    log.setAttribute('aria-labelledby', title.id);
    log.append(this.#list);
    section.append(title, log);
    parent.append(section);
  }

  add({ name, state, labels, annotations }: AlertReport): void {
    this.#list.querySelector('.hint')?.remove();
    const line = document.createElement('li');
    line.dataset.state = state;
    line.dataset.rule = name;
    const time = document.createElement('time');
    time.textContent = timeOfDay(Date.now() / 1000);
    const became = document.createElement('b');
    became.textContent = state;
    const { alertname: _, severity: __, ...own } = labels;
    const which = Object.values(own).join(', ');
    line.title = annotations.summary ?? '';
    line.append(time, became, which ? `${name} (${which})` : name);
    this.#list.prepend(line);
    while (this.#list.children.length > MOST_LINES) this.#list.lastElementChild!.remove();
  }
}
