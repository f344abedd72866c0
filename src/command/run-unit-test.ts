import type { Alert } from '../features/alerting/alert-states.ts';
import { Group, type GroupHost } from '../features/alerting/group.ts';
import type { RuleGroup } from '../features/alerting/rule-file.ts';
import { createEngine, type Engine, type VectorElement } from '../promql/engine.ts';
import { languageOf } from '../promql/language.ts';
import { parseSeries } from '../promql/series-notation.ts';
import { alertDifference, sampleDifference } from './differences.ts';
import { expectedSamples } from './expected-samples.ts';
import { TestStore } from './test-store.ts';
import type { AlertTest, ExprTest, UnitTest, UnitTestFile } from './unit-tests.ts';

/** The most samples that the series of a test may have together. */
const MOST_SAMPLES = 10_000_000;
/** How often the rules of a test may be evaluated. */
const MOST_EVALUATIONS = 10_000_000;

/** A group that has been told to come at a place goes there; the others come first, in their own order. */
function inOrder(groups: readonly RuleGroup[], order: readonly string[]): RuleGroup[] {
  const place = ({ name }: RuleGroup) => order.indexOf(name);
  return [...groups].sort((one, other) => place(one) - place(other));
}

/**
 * Runs a test: evaluates all rules again and again, and compares alerts and expressions with what is expected.
 * Resolves to what differs, each as a text of several lines.
 */
export async function runUnitTest(
  test: UnitTest,
  { evaluationInterval, groupOrder, isFuzzy }: UnitTestFile,
  groups: readonly RuleGroup[],
): Promise<string[]> {
  const store = new TestStore();
  const problems = fill(store, test);
  if (problems.length > 0) return problems;
  // promtool has the same settings.
  const engine = createEngine(store, { delayedNameRemoval: true });
  const host: GroupHost = {
    engine,
    append: (time, samples) => store.append(time, samples),
    elapsed: () => 0,
    language: languageOf({}),
    externalLabels: test.externalLabels,
    externalUrl: test.externalUrl,
  };
  const running = inOrder(groups, groupOrder).map(
    (group) => new Group(group, evaluationInterval, host),
  );
  const waiting = [...test.alertTests].sort((one, other) => one.evalTime - other.evalTime);
  const last = Math.max(0, ...[...waiting, ...test.exprTests].map(({ evalTime }) => evalTime));
  if (last / evaluationInterval > MOST_EVALUATIONS) {
    const evaluations = Math.round(last / evaluationInterval);
    return [`there would be ${evaluations} evaluations; ${MOST_EVALUATIONS} are the most`];
  }
  const differences: string[] = [];
  for (let since = 0; since <= last; since += evaluationInterval) {
    for (const group of running) await group.evaluate(test.start + since);
    differences.push(...failures(running, since));
    // A test between two evaluations sees what the first of them has brought.
    while (waiting[0] && waiting[0].evalTime < since + evaluationInterval) {
      differences.push(...compareAlerts(waiting.shift()!, running));
    }
  }
  for (const one of test.exprTests) {
    differences.push(...(await compareExpression(one, test.start, engine, isFuzzy)));
  }
  return differences;
}

/** Puts the series of a test into the store. Returns what cannot be read of them. */
function fill(store: TestStore, { series, interval, start }: UnitTest): string[] {
  const problems: string[] = [];
  let count = 0;
  for (const { series: name, values } of series) {
    try {
      const { labels, samples } = parseSeries(`${name} ${values}`);
      count += samples.length;
      if (count > MOST_SAMPLES) {
        return [...problems, `input_series have more than ${MOST_SAMPLES} samples together`];
      }
      samples.forEach((sample, i) => {
        if (sample === undefined) return;
        const isHistogram = typeof sample === 'object';
        store.add(labels, start + i * interval, isHistogram ? sample.histogram : sample);
      });
    } catch (error) {
      problems.push(`input_series ${JSON.stringify(name)}: ${(error as Error).message}`);
    }
  }
  return problems;
}

function failures(groups: readonly Group[], since: number): string[] {
  const all = groups.flatMap(({ rules }) => rules);
  return all
    .filter(({ error }) => error !== undefined)
    .map(({ run, error }) => `rule: ${run.rule.name}, time: ${since / 1000}s, err: ${error}`);
}

function compareAlerts(test: AlertTest, groups: readonly Group[]): string[] {
  const { alertname } = test;
  const found: Alert[] = [];
  for (const { run } of groups.flatMap(({ rules }) => rules)) {
    if (run.rule.kind !== 'alerting' || run.rule.name !== alertname) continue;
    for (const alert of run.states!.all) if (alert.state === 'firing') found.push(alert);
  }
  const got = found.map(({ labels, annotations }) => ({ labels: labels.toObject(), annotations }));
  const expected = test.expected.map(({ labels, annotations }) => ({
    labels: { ...labels, alertname },
    annotations,
  }));
  return alertDifference(test, expected, got);
}

async function compareExpression(
  test: ExprTest,
  start: number,
  engine: Engine,
  isFuzzy: boolean,
): Promise<string[]> {
  let got: readonly VectorElement[];
  try {
    const time = (start + test.evalTime) / 1000;
    got = (await engine.vector(test.expr, { time })).elements;
    return sampleDifference(test, expectedSamples(test), got, isFuzzy);
  } catch (error) {
    return [
      `expr: ${JSON.stringify(test.expr)}, time: ${test.evalTime / 1000}s, err: ${(error as Error).message}`,
    ];
  }
}
