import type { Engine, VectorElement } from '../../promql/engine.ts';
import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { LabelSet } from '../../promql/label-set.ts';
import { type Alert, AlertStates, type FoundAlert, type Transition } from './alert-states.ts';
import { Pace } from './pace.ts';
import type { AlertingRule, Rule } from './rule-file.ts';
import {
  expand,
  parseTemplate,
  type Template,
  type TemplateData,
  type TemplateLanguage,
} from './template/template.ts';

/** What rules are evaluated with. */
export interface RuleHost {
  readonly engine: Pick<Engine, 'vector'>;
  readonly language: TemplateLanguage;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  /** Returns what is known of an alert from before a restart. */
  earlier?(rule: AlertingRule, labels: LabelSet, time: number): Partial<Alert> | undefined;
}

/** A series that a rule has made, with its value, which is a number or a native histogram. */
export interface RuleSample {
  readonly labels: LabelSet;
  readonly value: number | FloatHistogram;
}

export interface RuleResult {
  readonly samples: readonly RuleSample[];
  readonly transitions: readonly Transition[];
  /** Why some of what has come of it is not stored. The rest is. */
  readonly fault?: string | undefined;
}

/** A rule that is evaluated again and again. */
export interface RuleRun {
  readonly rule: Rule;
  /** Absent for rules that record. */
  readonly states?: AlertStates | undefined;
  /**
   * @param time milliseconds since 1970
   * @param offset how many milliseconds before that the expression is asked, and what comes of it is stored
   * @throws Error if the rule cannot be evaluated
   */
  evaluate(time: number, offset: number): Promise<RuleResult>;
}

export function ruleRun(rule: Rule, limit: number, host: RuleHost): RuleRun {
  if (rule.kind === 'alerting') {
    const states = new AlertStates(rule, limit);
    const texts = alertTexts(rule);
    const evaluate: RuleRun['evaluate'] = async (time, offset) => {
      const { elements } = await host.engine.vector(rule.expr, { time: (time - offset) / 1000 });
      const found = await foundAlerts(texts, elements, time, host);
      const earlier = (labels: LabelSet) => host.earlier?.(rule, labels, time);
      const transitions = states.update(time, found, earlier);
      return { samples: alertSeries(rule, states.all), transitions };
    };
    return { rule, states, evaluate };
  }
  const own = Object.entries({ ...rule.labels, __name__: rule.name });
  const evaluate: RuleRun['evaluate'] = async (time, offset) => {
    const { elements } = await host.engine.vector(rule.expr, { time: (time - offset) / 1000 });
    const keys = new Set<string>();
    const samples: RuleSample[] = [];
    let fault: string | undefined;
    const pace = new Pace();
    for (const { labels, value, histogram } of elements) {
      if (pace.isOver) await pace.pause();
      const recorded = withLabels(labels, own);
      if (keys.has(recorded.key)) {
        throw new Error(
          'vector contains metrics with the same labelset after applying rule labels',
        );
      }
      keys.add(recorded.key);
      const wrong = histogram && negativeCountOf(histogram);
      if (wrong) fault = wrong;
      else samples.push({ labels: recorded, value: histogram ?? value });
    }
    if (limit > 0 && keys.size > limit) {
      throw new Error(`exceeded limit of ${limit} with ${keys.size} series`);
    }
    return { samples, transitions: [], fault };
  };
  return { rule, evaluate };
}

/** Says which bucket of a histogram has a negative count, if one has: as Prometheus says it, which does not store these. */
function negativeCountOf({ negative, positive }: FloatHistogram): string | undefined {
  for (const [side, { counts }] of Object.entries({ negative, positive })) {
    const at = counts.findIndex((count) => count < 0);
    if (at < 0) continue;
    return `${side} side: bucket number ${at + 1} has observation count of ${counts[at]}: histogram has a bucket whose observation count is negative`;
  }
  return undefined;
}

type Templates = readonly (readonly [name: string, template: Template])[];

/** Reads the templates of an alert. The file was checked, so they are right. */
function alertTexts({ name, labels, annotations }: AlertingRule) {
  const templatesOf = (texts: Readonly<Record<string, string>>): Templates =>
    Object.entries(texts).map(([key, text]) => [key, parseTemplate(text, `__alert_${name}`)]);
  return { name, labels: templatesOf(labels), annotations: templatesOf(annotations) };
}

async function foundAlerts(
  { name, labels, annotations }: ReturnType<typeof alertTexts>,
  elements: readonly VectorElement[],
  time: number,
  host: RuleHost,
): Promise<Map<string, FoundAlert>> {
  const found = new Map<string, FoundAlert>();
  const pace = new Pace();
  for (const element of elements) {
    if (pace.isOver) await pace.pause();
    const data = templateData(element, time, host);
    const own = await expanded(labels, data);
    const all = withLabels(element.labels, [['__name__', ''], ...own, ['alertname', name]]);
    if (found.has(all.key)) {
      throw new Error('vector contains metrics with the same labelset after applying alert labels');
    }
    const texts = Object.fromEntries(await expanded(annotations, data));
    found.set(all.key, { labels: all, annotations: texts, value: element.value });
  }
  return found;
}

function templateData(
  { labels, value, histogram }: VectorElement,
  time: number,
  { engine, language, externalLabels, externalUrl: externalURL }: RuleHost,
): TemplateData {
  return {
    ...{ labels: labels.toObject(), value, histogram, time, externalLabels, externalURL },
    language,
    query: async (expr) => (await engine.vector(expr, { time: time / 1000 })).elements,
  };
}

async function expanded(templates: Templates, data: TemplateData): Promise<[string, string][]> {
  const texts: [string, string][] = [];
  for (const [name, template] of templates) {
    // Most have nothing to expand, and then nothing is waited for.
    texts.push([name, template.plain ?? (await expand(template, data))]);
  }
  return texts;
}

/** Returns the series of the alerts that are pending or fire. */
function alertSeries(rule: AlertingRule, alerts: Iterable<Alert>): RuleSample[] {
  const samples: RuleSample[] = [];
  // As in Prometheus, a label that a template has left empty shows the template here.
  const own = LabelSet.of(rule.labels);
  for (const { labels, state, activeAt } of alerts) {
    if (state === 'inactive') continue;
    const all = [...entriesOf(labels), ['alertname', rule.name] as const];
    const stated = [...all, ['__name__', 'ALERTS'], ['alertstate', state]] as const;
    samples.push({ labels: withLabels(own, stated), value: 1 });
    const since = withLabels(own, [...all, ['__name__', 'ALERTS_FOR_STATE']]);
    samples.push({ labels: since, value: Math.floor(activeAt / 1000) });
  }
  return samples;
}

const entriesOf = ({ names, values }: LabelSet) =>
  names.map((name, i) => [name, values[i]!] as const);

/** Returns the labels with others in the place of those of the same names. Empty ones are removed. */
function withLabels(labels: LabelSet, others: readonly (readonly [string, string])[]): LabelSet {
  return LabelSet.of({ ...labels.toObject(), ...Object.fromEntries(others) });
}
