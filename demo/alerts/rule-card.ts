/** A rule: its state, its expression and its alerts. It keeps its elements from one look to the next. */
import type { AlertingRule, RecordingRule } from 'utilityfog-telemetry/alerting';
import { alertKey } from './alert-key.ts';
import { AlertRow } from './alert-row.ts';

export type Rule = AlertingRule | RecordingRule;

export class RuleCard {
  readonly element = document.createElement('li');
  readonly #state = document.createElement('b');
  readonly #error = document.createElement('p');
  readonly #list = document.createElement('ul');
  readonly #rows = new Map<string, AlertRow>();

  /** @param ask called with the expression when somebody wants to see it plotted */
  constructor(rule: Rule, ask: (expr: string) => void) {
    const name = document.createElement('h3');
    name.textContent = rule.name;
    const terms = document.createElement('span');
    terms.textContent = termsOf(rule);
    const head = document.createElement('div');
    head.className = 'rule-head';
    head.append(this.#state, name, terms);
    const expression = document.createElement('button');
    expression.type = 'button';
    expression.title = 'Plot it';
    expression.textContent = rule.query;
    expression.addEventListener('click', () => ask(rule.query));
    this.#error.className = 'warning';
    this.element.dataset.rule = rule.name;
    this.element.append(head, expression, this.#error, this.#list);
  }

  /** @param now seconds since 1970 */
  show(rule: Rule, now: number): void {
    const state = rule.type === 'recording' ? 'records' : rule.state;
    this.element.dataset.state = state;
    if (this.#state.textContent !== state) this.#state.textContent = state;
    const error = rule.lastError ?? '';
    if (this.#error.textContent !== error) this.#error.textContent = error;
    if (rule.type === 'alerting') this.#showAlerts(rule, now);
  }

  #showAlerts(rule: AlertingRule, now: number): void {
    const gone = new Set(this.#rows.keys());
    for (const alert of rule.alerts) {
      const key = alertKey(alert.labels);
      let row = this.#rows.get(key);
      if (!row) {
        row = new AlertRow(alert);
        this.#rows.set(key, row);
        this.#list.append(row.element);
      }
      row.show(alert, rule, now);
      gone.delete(key);
    }
    for (const key of gone) {
      this.#rows.get(key)!.element.remove();
      this.#rows.delete(key);
    }
  }
}

/** Returns, for example, `warning · for 5 s · keeps firing for 5 s`. */
function termsOf(rule: Rule): string {
  if (rule.type === 'recording') return '';
  const { labels, duration, keepFiringFor } = rule;
  const terms = [
    labels.severity,
    duration && `for ${duration} s`,
    keepFiringFor && `keeps firing for ${keepFiringFor} s`,
  ];
  return terms.filter(Boolean).join(' · ');
}
