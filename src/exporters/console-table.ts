import type { JsonSeries, JsonSnapshot } from '../formats/json.ts';

type Row = readonly [metric: string, labels: string, value: string];

const HEAD: Row = ['metric', 'labels', 'value'];
/** Wider cells are cut: a table whose lines are broken cannot be read. Characters. */
const WIDEST = 60;

/** Returns the metrics as a table of text, in order. @param own whether with the collector's own */
export function tableOf({ metrics, timestamp }: JsonSnapshot, own: boolean): string {
  const rows = Object.entries(metrics)
    .filter(([name]) => own || !name.startsWith('telemetry_'))
    .flatMap(([name, series]) => [series].flat().map((one) => rowOf(name, one as JsonSeries)));
  const all = [HEAD, ...rows];
  const width = (column: 0 | 1) =>
    all.reduce((widest, row) => Math.max(widest, [...row[column]].length), 0);
  const widths = [width(0), width(1)] as const;
  const line = ([metric, labels, value]: Row) =>
    `${padded(metric, widths[0])}  ${padded(labels, widths[1])}  ${value}`;
  const rule = `${'-'.repeat(widths[0])}  ${'-'.repeat(widths[1])}  ${'-'.repeat(HEAD[2].length)}`;
  const at = new Date(timestamp * 1000).toISOString();
  return [`metrics at ${at}`, line(HEAD), rule, ...rows.map(line)].join('\n');
}

function rowOf(name: string, series: JsonSeries): Row {
  const labels = Object.entries(series.labels).map(([label, value]) => `${label}=${value}`);
  return [cell(name), cell(labels.join(' ')), shownValue(series)];
}

function shownValue(series: JsonSeries): string {
  if ('value' in series) return String(series.value);
  if ('states' in series) {
    const on = Object.entries(series.states).filter(([, isOn]) => isOn);
    return cell(on.map(([state]) => state).join(' ') || '(none)');
  }
  const { count, sum } = series;
  const mean = Number(sum) / Number(count);
  const quantiles = 'quantiles' in series ? Object.entries(series.quantiles) : [];
  return [
    `count ${count}`,
    `mean ${rounded(mean)}`,
    ...quantiles.map(([q, value]) => `q${q} ${rounded(Number(value))}`),
  ].join('  ');
}

const rounded = (value: number) =>
  Number.isFinite(value) ? `${Number(value.toPrecision(4))}` : '-';

/** A label value may hold anything, also what moves the cursor of a terminal. */
function cell(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be replaced
  const characters = [...text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·')];
  return characters.length > WIDEST
    ? `${characters.slice(0, WIDEST - 1).join('')}…`
    : characters.join('');
}

const padded = (text: string, width: number) => text + ' '.repeat(width - [...text].length);
