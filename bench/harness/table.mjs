/** Formats figures as text. */
import { spread } from './statistics.mjs';

/** Three significant digits, without an exponent. @param {number} value */
export function digits(value) {
  if (!Number.isFinite(value)) return '?';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.01))));
  return value.toLocaleString('en', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

/** A median with its spread. @param {import('./statistics.mjs').Summary} [summary] */
export const cell = (summary) =>
  summary ? `${digits(summary.median)} ±${spread(summary).toFixed(0)}%` : '–';

/** @param {import('../results.mjs').Entry[]} entries */
export function figuresTable(entries) {
  const rows = entries.flatMap(({ machine, figures }) =>
    figures.map(({ title, wanted, found, verdict }) => [
      title,
      machine.runtime.split(' (')[0],
      wanted,
      `${digits(found.median)} (${digits(found.low)}–${digits(found.high)})`,
      verdict,
    ]),
  );
  if (rows.length === 0) return undefined;
  return table(['figure', 'where', 'wanted', 'found (quartiles)', 'verdict'], rows);
}

/** A ratio with its quartiles. @param {import('./statistics.mjs').Summary} [ratio] */
export const ratioCell = (ratio) =>
  ratio ? `${digits(ratio.median)}x (${digits(ratio.low)}–${digits(ratio.high)})` : '–';

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function table(head, rows) {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column].length)),
  );
  const line = (row) =>
    `| ${row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
