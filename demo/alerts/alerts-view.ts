/** Shows the rules with their states, and what has fired. The worker evaluates them. */
import type { AlertReport } from 'utilityfog-telemetry';
import type { RuleGroup } from 'utilityfog-telemetry/alerting';
import type { View } from '../tabs.ts';
import { alertKey } from './alert-key.ts';
import { AlertLog } from './alert-log.ts';
import { type Rule, RuleCard } from './rule-card.ts';

export class AlertsView implements View {
  readonly #rules: () => Promise<readonly RuleGroup[]>;
  readonly #ask: (expr: string) => void;
  readonly #list = document.createElement('ul');
  readonly #cards = new Map<string, RuleCard>();
  readonly #log: AlertLog;
  readonly #badge: HTMLElement;
  /** The alerts that fire, for the number at the tab. It is right even while nobody looks at the rules. */
  #firing = new Set<string>();

  /**
   * @param rules resolves to the rules as they are now
   * @param file the text of the rules
   * @param ask called with an expression that somebody wants to see plotted
   */
  constructor(
    rules: () => Promise<readonly RuleGroup[]>,
    file: string,
    parent: HTMLElement,
    badge: HTMLElement,
    ask: (expr: string) => void,
  ) {
    this.#rules = rules;
    this.#ask = ask;
    this.#badge = badge;
    this.#list.className = 'rules';
    const columns = document.createElement('div');
    columns.className = 'alert-columns';
    columns.append(this.#list);
    this.#log = new AlertLog(columns);
    parent.append(columns, fileOf(file));
  }

  async update(): Promise<void> {
    const groups = await this.#rules();
    const now = Date.now() / 1000;
    const firing = new Set<string>();
    for (const [key, rule] of inOrder(groups)) {
      this.#cardOf(key, rule).show(rule, now);
      if (rule.type === 'recording') continue;
      for (const { state, labels } of rule.alerts) {
        if (state === 'firing') firing.add(alertKey(labels));
      }
    }
    this.#firing = firing;
    this.#showNumber();
  }

  /** To be called when an alert has changed its state. */
  changed(change: AlertReport): void {
    this.#log.add(change);
    const key = alertKey(change.labels);
    if (change.state === 'firing') this.#firing.add(key);
    else this.#firing.delete(key);
    this.#showNumber();
  }

  #cardOf(key: string, rule: Rule): RuleCard {
    let card = this.#cards.get(key);
    if (!card) {
      card = new RuleCard(rule, this.#ask);
      this.#cards.set(key, card);
      this.#list.append(card.element);
    }
    return card;
  }

  #showNumber(): void {
    const count = this.#firing.size;
    this.#badge.hidden = count === 0;
    this.#badge.textContent = String(count);
    this.#badge.ariaLabel = `${count} firing`;
  }
}

/** Returns the rules, each under a key of its own. Those that alert come first. */
function inOrder(groups: readonly RuleGroup[]): [string, Rule][] {
  const all = groups.flatMap(({ name, rules }) => {
    return rules.map((rule, i): [string, Rule] => [`${name}/${i}`, rule]);
  });
  const alerts = (rule: Rule) => Number(rule.type === 'alerting');
  return all.sort(([, a], [, b]) => alerts(b) - alerts(a));
}

function fileOf(text: string): HTMLElement {
  const details = document.createElement('details');
  const summary = document.createElement('summary');
  summary.textContent = 'The rules as a file, which Prometheus reads, too';
  const file = document.createElement('pre');
  file.textContent = text;
  details.append(summary, file);
  return details;
}
