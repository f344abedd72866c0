/** Makes the page with everything that has been measured, from results.json alone. */
import { machineLines } from '../harness/machine.mjs';
import { BUSY_BELOW } from '../harness/quiet-share.mjs';
import { figuresTable, table } from '../harness/table.mjs';
import { entriesOf } from '../results.mjs';
import { runtimesSection } from './runtimes-section.mjs';
import { INTRODUCTION, inOrder, METHOD, sectionOf } from './sections.mjs';

/** @typedef {import('../results.mjs').Entry} Entry */

const percent = (share) => `${Math.round(share * 100)} %`;

/**
 * @param {import('../results.mjs').Results} results
 * @param {Record<string, import('./charts.mjs').Picture[]>} pictures  by part, and of all runtimes
 */
export function pageText(results, pictures) {
  const parts = inOrder(Object.keys(results));
  const all = parts.flatMap((part) =>
    entriesOf(results[part]).map((entry) => ({ part, ...entry })),
  );
  return `${[
    '# Performance: all measurements',
    '<!-- Written by `npm run bench -- --write` from bench/results.json: change nothing here. -->',
    INTRODUCTION,
    machines(all),
    busy(all),
    goals(all),
    `## How it is measured\n\n${METHOD}`,
    ...parts.map((part) => section(part, entriesOf(results[part]), pictures[part] ?? [])),
    runtimesSection(results, pictures.runtimes ?? []),
    `## When and how\n\n${runs(all)}`,
  ]
    .filter(Boolean)
    .join('\n\n')}\n`;
}

/** @param {Entry[]} all */
function machines(all) {
  const described = all.map(({ machine }) => {
    const [where, packages] = machineLines(machine);
    return `Machine: ${where.replace(/; load.*/, '')}. Versions: ${packages}.`;
  });
  return [...new Set(described)].join('\n\n');
}

/** @param {(Entry & { part: string })[]} all */
function busy(all) {
  const disturbed = all.filter(({ quietShare }) => quietShare < BUSY_BELOW);
  if (disturbed.length === 0) return '';
  const [least] = disturbed.toSorted((a, b) => a.quietShare - b.quietShare);
  const where = least.machine.runtime.split(' (')[0];
  return (
    `> **The machine was busy** with something else. In ${disturbed.length} of ${all.length} ` +
    `measurements the core was quiet for fewer than ${percent(BUSY_BELOW)} of the slices. The least was ` +
    `${percent(least.quietShare)}, for ${least.part} in ${where}. [The table at the ` +
    'end](#when-and-how) has all of them.'
  );
}

/** @param {Entry[]} all */
function goals(all) {
  const figures = figuresTable(all);
  if (!figures) return '';
  /** @type {Map<string, Set<string>>} where, by what limits it there */
  const limited = new Map();
  for (const { machine, figures: found } of all) {
    for (const { verdict, limitedBy } of found) {
      if (verdict === 'pass' || !limitedBy) continue;
      const where = limited.get(limitedBy) ?? new Set();
      limited.set(limitedBy, where.add(machine.runtime.split(' (')[0]));
    }
  }
  const limits = [...limited].map(([text, where]) => `- ${text} (${[...where].join(', ')})`);
  const notes =
    limits.length > 0
      ? `\n\nWhat stands in the way of those that are not reached:\n\n${limits.join('\n')}`
      : '';
  return `## Goals\n\n${figures}${notes}`;
}

/** A line right after a table would be a row of it. */
const asMarkdown = (text) =>
  text.replace(/^(\|.*)\n(?!\|)(?=.)/gm, '$1\n\n').replace(/^\* /gm, '\\* ');

function section(part, entries, pictures) {
  const { heading, about } = sectionOf(part);
  const [first, ...others] = entries;
  const images = pictures.map(({ name, title }) => `![${title}](performance/${name}.svg)`);
  const details = others.map(
    (entry) =>
      `<details><summary>${entry.machine.runtime}</summary>\n\n${body(entry)}\n\n</details>`,
  );
  return [
    `## ${heading}`,
    about,
    `In ${first.machine.runtime}:`,
    ...images,
    body(first),
    ...details,
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** @param {Entry} entry */
const body = ({ text, notes }) => [asMarkdown(text), ...notes].join('\n\n');

/** @param {(Entry & { part: string })[]} all */
function runs(all) {
  const rows = all.map(({ part, machine, plan, quietShare, command }) => [
    part,
    machine.runtime,
    machine.processor,
    machine.date.slice(0, 16).replace('T', ' '),
    plan.launches ? `${plan.launches} × ${plan.rounds}` : String(plan.rounds ?? ''),
    percent(quietShare),
    String(machine.loadAverage[0]),
    `\`${command}\``,
  ]);
  const head = [
    'part',
    'where',
    'on',
    'when (UTC)',
    'rounds',
    'quiet slices',
    'load before',
    'command',
  ];
  return table(head, rows);
}
