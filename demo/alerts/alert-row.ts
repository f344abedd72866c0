/** An alert of a rule: what it says, its value and labels, and how far it is from firing. */
import type { ActiveAlert, AlertingRule } from 'utilityfog-telemetry/alerting';
import { figure } from '../query/answer.ts';

/** Labels that the rule shows. */
const OF_RULE = ['alertname', 'severity'];

export class AlertRow {
  readonly element = document.createElement('li');
  readonly #summary = document.createElement('p');
  readonly #facts = document.createElement('p');
  readonly #labels = document.createElement('span');
  readonly #value = document.createElement('b');
  readonly #since = document.createElement('span');
  readonly #progress = document.createElement('progress');

  constructor({ labels }: ActiveAlert) {
    for (const [name, value] of Object.entries(labels)) {
      if (OF_RULE.includes(name)) continue;
      const label = document.createElement('code');
      label.textContent = `${name}="${value}"`;
      this.#labels.append(label, ' ');
    }
    this.#facts.append(this.#labels, 'value ', this.#value, ' · ', this.#since);
    this.element.append(this.#summary, this.#facts, this.#progress);
  }

  /** @param now seconds since 1970 */
  show(alert: ActiveAlert, { duration }: AlertingRule, now: number): void {
    const { annotations, state, activeAt, value } = alert;
    const seconds = Math.max(0, now - Date.parse(activeAt) / 1000);
    this.element.dataset.state = state;
    this.#summary.textContent = annotations.summary ?? annotations.description ?? '';
    this.#value.textContent = figure(Number(value.replace('Inf', 'Infinity')));
    const pending = state === 'pending';
    this.#since.textContent = pending
      ? `fires in ${Math.max(0, Math.ceil(duration - seconds))} s`
      : `for ${Math.floor(seconds)} s`;
    this.#progress.hidden = !pending;
    this.#progress.ariaLabel = 'Time until it fires';
    this.#progress.value = duration > 0 ? Math.min(1, seconds / duration) : 1;
  }
}
