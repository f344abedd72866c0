import type { AlertReport, Labels, Snapshot } from '../../model.ts';
import type { Part, PartHost } from '../../protocol/feature.ts';
import type { HistoryPart } from '../history/history-part.ts';
import type { AlertingApi, QueryPart } from '../promql/query-part.ts';
import type { Transition } from './alert-states.ts';
import type { AlertingConfig } from './config.ts';
import { Group, type GroupHost } from './group.ts';
import { type Notifier, openNotifier } from './notify/notifier.ts';
import { ownFamilies } from './own-families.ts';
import { RecordedFamilies } from './recorded-families.ts';
import { RememberedAlerts } from './remembered-alerts.ts';
import { ruleChecks } from './rule-checks.ts';
import { type AlertingRule, describeError, type RuleFileError, readRuleFile } from './rule-file.ts';
import { Schedule } from './schedule.ts';
import { alertsToSend } from './sending.ts';
import { alertViews, groupViews } from './views.ts';
import { YAML_PART, type YamlPart } from './yaml/yaml-part.ts';

/** So many mistakes in rules are told one by one. */
const MOST_TOLD = 20;
/** What is kept must be less than a million characters. */
const MOST_KEPT = 900_000;
/** The hook is told of so many changes of an evaluation at most. */
const MOST_CHANGES = 1000;

/** Evaluates rules beside the collector, and tells notifiers and hooks of alerts. */
export class AlertingPart implements Part, AlertingApi {
  readonly #host: PartHost;
  readonly #config: AlertingConfig;
  readonly #groups: readonly Group[];
  readonly #notifiers: readonly Notifier[];
  readonly #remembered: RememberedAlerts;
  readonly #schedule: Schedule;
  /** Rules wait for the first samples. When these come, storage has said what is known of alerts. */
  #hasBegun = false;
  readonly #errors: readonly RuleFileError[];
  readonly #own: ReturnType<typeof ownFamilies>;
  readonly #recorded: RecordedFamilies;
  #constants: Labels = {};
  readonly calls = {
    rules: () => this.rules(),
    alerts: () => this.alerts(),
    errors: () => this.#errors,
  };
  readonly keeps = { write: () => this.#write(), restore: (state: string) => this.#restore(state) };

  /** @throws Error if a part that it needs is missing */
  constructor(host: PartHost, config: AlertingConfig) {
    this.#host = host;
    this.#config = config;
    const history = host.part<HistoryPart>('history');
    const query = host.part<QueryPart>('promql');
    if (!history || !query) {
      throw new Error(
        'alerting() needs history() and promql() before it: use: [history(), promql(), alerting(…)]',
      );
    }
    const checks = ruleChecks(query.language, (text) => {
      const yaml = host.part<YamlPart>(YAML_PART);
      if (!yaml) throw new Error('what reads YAML has not started');
      return yaml.parse(text);
    });
    const read = config.rules.map((source) => readRuleFile(source, checks));
    this.#errors = read.flatMap(({ errors }) => errors);
    this.#tellErrors();
    this.#remembered = new RememberedAlerts(config);
    const groupHost = this.#groupHost(history, query);
    const groups = read.flatMap((file) => file.groups);
    this.#groups = groups.map((group) => new Group(group, config.interval * 1000, groupHost));
    const { clock } = host;
    const { externalUrl } = config;
    this.#notifiers = config.notify.map((plan) =>
      openNotifier(plan, {
        ...{ clock, externalUrl, fail: (...what) => host.fail(...what) },
        outbox: (options) => host.outbox(options),
        ask: (question) => host.ask(question),
      }),
    );
    this.#own = ownFamilies(this.#groups, this.#notifiers);
    this.#recorded = new RecordedFamilies(this.#groups);
    this.#schedule = new Schedule(clock);
    query.offer(this);
  }

  sampled({ families }: Snapshot): void {
    this.#constants = families[0]?.labels ?? {};
    if (this.#hasBegun) this.#schedule.look();
    else for (const group of this.#groups) this.#start(group);
    this.#hasBegun = true;
  }

  adds() {
    return [...this.#own(), ...this.#recorded.families(this.#constants)];
  }

  rules() {
    return groupViews(this.#groups);
  }

  alerts() {
    return alertViews(this.#groups);
  }

  async flush(): Promise<void> {
    const left = await Promise.all(
      this.#notifiers.map(async (one) => {
        const why = await one.flush();
        return why ? [`${one.name}: ${why}`] : [];
      }),
    );
    const [failure] = left.flat();
    if (failure) throw new Error(`not all notifications have arrived: ${left.flat().join('; ')}`);
  }

  async close(): Promise<void> {
    this.#schedule.close();
    for (const one of this.#notifiers) one.close();
  }

  #start(group: Group): void {
    const { file, name } = group.group;
    this.#schedule.add({
      interval: group.interval,
      key: `${file};${name}`,
      run: async (time, missed) => {
        group.counts.iterations += 1 + missed;
        group.counts.missed += missed;
        await group.evaluate(time);
        this.#remembered.expire(time);
      },
    });
  }

  #groupHost(history: HistoryPart, query: QueryPart): GroupHost {
    return {
      engine: query.engine,
      language: query.language,
      append: (time, samples) => history.append(time, samples),
      elapsed: () => this.#host.clock.elapsed(),
      externalLabels: this.#config.externalLabels,
      externalUrl: this.#config.externalUrl,
      earlier: (rule, labels, time) => this.#remembered.earlier(rule, labels, time),
      changed: (rule, transitions) => this.#changed(rule, transitions),
      evaluated: (rule, alerts, time, interval) => {
        const sent = alertsToSend(rule, alerts, time, interval, this.#config);
        if (sent.length > 0) for (const one of this.#notifiers) one.take(sent);
      },
    };
  }

  #changed(rule: AlertingRule, transitions: readonly Transition[]): void {
    const reports = transitions.slice(0, MOST_CHANGES).map(({ alert, to }): AlertReport => {
      const { labels, annotations, value, activeAt } = alert;
      return {
        ...{ name: rule.name, state: to, labels: labels.toObject(), annotations, value },
        activeAt: activeAt / 1000,
      };
    });
    if (reports.length > 0) this.#host.hook('alert', ...reports);
  }

  #tellErrors(): void {
    for (const error of this.#errors.slice(0, MOST_TOLD)) {
      this.#host.fail('rules', `a group of rules is left out: ${describeError(error)}`);
    }
    const more = this.#errors.length - MOST_TOLD;
    if (more > 0) this.#host.fail('rules', `there are ${more} more mistakes in the rules`);
  }

  #write(): string {
    const alerts = this.#remembered.write(this.#groups);
    const notifiers = this.#notifiers.map((one) => [one.name, one.write?.()]);
    const whole = JSON.stringify({ alerts, notifiers });
    if (whole.length <= MOST_KEPT) return whole;
    // The states of the rules tell the notifiers again.
    const less = JSON.stringify({ alerts, notifiers: [] });
    return less.length <= MOST_KEPT ? less : JSON.stringify({ alerts: [], notifiers: [] });
  }

  #restore(state: string): void {
    const { alerts, notifiers } = JSON.parse(state);
    this.#remembered.restore(alerts);
    for (const [name, kept] of notifiers) {
      const one = this.#notifiers.find((notifier) => notifier.name === name);
      if (kept) one?.restore?.(kept);
    }
  }
}
