import type { VectorElement } from '../promql/engine.ts';
import { histogramText } from '../promql/histogram/histogram-text.ts';
import type { LabelSet } from '../promql/label-set.ts';
import { numberText } from '../promql/number-text.ts';
import { printedDuration } from '../promql/parse/durations.ts';
import type { AlertTest, ExpectedAlert, ExprTest } from './unit-tests.ts';

/** Numbers count as equal in a fuzzy comparison if they differ by less than this part of their size. */
const FUZZ = 1e-10;

/** Returns nothing if the alerts are the same, in any order. */
export function alertDifference(
  { alertname, evalTime }: AlertTest,
  expected: readonly ExpectedAlert[],
  got: readonly ExpectedAlert[],
): string[] {
  const what = `alertname: ${alertname}, time: ${printedDuration(evalTime)}`;
  return difference(what, expected.map(alertText), got.map(alertText));
}

/** Returns nothing if the samples are the same, in any order. */
export function sampleDifference(
  { expr, evalTime }: ExprTest,
  expected: readonly VectorElement[],
  got: readonly VectorElement[],
  isFuzzy: boolean,
): string[] {
  const what = `expr: ${JSON.stringify(expr)}, time: ${printedDuration(evalTime)}`;
  const close = got.map((one) => {
    const same = expected.find(({ labels }) => labels.key === one.labels.key);
    return isFuzzy && same && isClose(same, one) ? same : one;
  });
  return difference(what, expected.map(sampleText), close.map(sampleText));
}

/** Returns what only one side has, marked by `-` if it was expected and by `+` if it is there. */
function difference(what: string, expected: readonly string[], got: readonly string[]): string[] {
  const left = [...got];
  const missing = expected.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  if (missing.length === 0 && left.length === 0) return [];
  const lines = [
    ...missing.sort().map((one) => `- ${one}`),
    ...left.sort().map((one) => `+ ${one}`),
  ];
  return [`${what} (-: expected, +: got)\n${lines.join('\n')}`];
}

function alertText({ labels, annotations }: ExpectedAlert): string {
  return `labels: ${mapText(labels)} annotations: ${mapText(annotations)}`;
}

function sampleText({ labels, value, histogram }: VectorElement): string {
  return `${seriesText(labels)} ${histogram ? histogramText(histogram) : numberText(value)}`;
}

/** An empty label is none. An annotation is what it is. */
function mapText(map: Readonly<Record<string, string>>): string {
  const entries = Object.entries(map).filter(([, value]) => value !== '');
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
}

function seriesText(labels: LabelSet): string {
  const { __name__: name = '', ...others } = labels.toObject();
  return `${name}${mapText(others)}`;
}

function isClose(one: VectorElement, other: VectorElement): boolean {
  if (one.histogram || other.histogram) return false;
  const size = Math.max(Math.abs(one.value), Math.abs(other.value));
  return Math.abs(one.value - other.value) <= FUZZ * size;
}
