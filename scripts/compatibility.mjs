/**
 * Runs the test suite of a library whose interface this package offers, against this package, and writes
 * docs/compatibility.md. No part of such a suite is in this repository, so it needs a checkout:
 *
 *   git clone --branch v15.1.3 https://github.com/siimon/prom-client && (cd prom-client && npm install)
 *   npm run build && node scripts/compatibility.mjs prom-client ../prom-client
 *
 *   git clone --branch v2.2.0 https://github.com/open-telemetry/opentelemetry-js
 *   npm run build && node scripts/compatibility.mjs opentelemetry-traces ../opentelemetry-js
 *   npm run build && node scripts/compatibility.mjs opentelemetry-metrics ../opentelemetry-js
 *
 * Ends with 1 if a case fails for which scripts/compatibility/ gives no reason, or if a reason is no longer needed.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const SUITES = ['prom-client', 'opentelemetry-traces', 'opentelemetry-metrics'];
const PAGE = new URL('../docs/compatibility.md', import.meta.url);

const [name, checkout] = process.argv.slice(2);
if (!SUITES.includes(name) || !checkout) {
  console.error(`usage: node scripts/compatibility.mjs ${SUITES.join('|')} CHECKOUT`);
  process.exit(2);
}

const suite = await import(new URL(`compatibility/${name}.mjs`, import.meta.url));
const library = suite.LIBRARY ?? name;
const { version, original, ours } = await suite.run(resolve(checkout));
const failed = ours.filter((one) => one.status === 'failed');
const differing = failed.map((one) => ({ ...one, reason: reasonFor(one) }));
const unexplained = differing.filter(({ reason }) => !reason);
for (const { title, message } of unexplained) console.error(`\n${title}\n${message}`);

await writeFile(PAGE, replaced(await readFile(PAGE, 'utf8'), name, report()));
console.log(`${ours.length - failed.length} of ${ours.length} cases pass.`);
const unneeded = suite.REASONS.filter(
  ({ test }) => !differing.some(({ title }) => test.test(title)),
).map(({ reason }) => reason);
if (unneeded.length > 0) console.error(`These reasons are not needed: ${unneeded.join('; ')}`);
if (unexplained.length > 0 || unneeded.length > 0) process.exitCode = 1;

function report() {
  const passed = (all) => all.filter((one) => one.status === 'passed').length;
  const cell = (value, width) => String(value).padStart(width);
  const width = Math.max(library.length, 'utilityfog-telemetry'.length);
  const row = (who, all) =>
    `| ${who.padEnd(width)} | ${cell(passed(all), 4)} | ${cell(all.length, 3)} |`;
  const reasons = grouped(differing, ({ reason }) => reason);
  const lines = [
    `Tests of ${library} ${version} (Node ${process.versions.node}):`,
    '',
    `| ${'run against'.padEnd(width)} | pass |  of |`,
    `| ${'-'.repeat(width)} | ---: | --: |`,
    row(library, original),
    row('utilityfog-telemetry', ours),
    '',
  ];
  if (differing.length > 0) lines.push('These fail:', '');
  for (const [reason, cases] of reasons) {
    lines.push(`- ${reason ?? 'Not explained yet.'}`);
    lines.push(...cases.map(({ title }) => `  - ${title}`));
  }
  return lines.join('\n');
}

function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function replaced(page, part, text) {
  const [begin, end] = [`<!-- ${part} -->`, `<!-- /${part} -->`];
  const [before, rest] = page.split(begin);
  return `${before}${begin}\n\n${text.trimEnd()}\n\n${end}${rest.split(end)[1]}`;
}

/** Returns why a case differs; `undefined` if nobody has said that. */
function reasonFor({ title }) {
  return suite.REASONS.find(({ test }) => test.test(title))?.reason;
}
