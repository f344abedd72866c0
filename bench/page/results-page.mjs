/** Makes the first page of results, for those who want to know what the package costs them. */
import { ratioCell, table } from '../harness/table.mjs';
import { entriesOf } from '../results.mjs';
import { dotChart } from './dot-chart.mjs';
import { CLIENTS, fullTable, summaryRows, wonByPeers } from './summary.mjs';

/** @typedef {import('../results.mjs').Results} Results */

/** Shows each row as a multiple of what we take, since the rows have different units. */
export function pictureOfSummary(results) {
  const share = (value, whole) =>
    value && { median: value.median / whole, low: value.low / whole, high: value.high / whole };
  const svg = dotChart({
    title: 'What others take, where utilityfog takes 1',
    unit: 'times as much as utilityfog, logarithmic; less is better',
    series: CLIENTS.map(({ title }) => title),
    rows: summaryRows(results)
      .filter(({ values }) => values.ours.median > 0)
      .map(({ title, values }) => ({
        title: title.replace(/ \([^(]*\)$/, ''),
        values: CLIENTS.map(({ id }) => share(values[id], values.ours.median)),
      })),
  });
  return { name: 'summary', title: 'What others take, where utilityfog takes 1', svg };
}

/** Where spans are measured, no client but OpenTelemetry's takes part. */
function spans(results) {
  const [entry] = entriesOf(results['span-frames'] ?? {});
  if (!entry) return '';
  const { of } = entry.rows.find(({ key }) => key === 'frame.cpu.mean');
  const ms = (id) => of[id].median.toFixed(2);
  return `**Traces.** A page that makes 10,000 spans a second takes ${ms('ours')} ms of CPU time for a frame with the link
\`shared\`, ${ms('ours-message')} ms with \`message\`, and ${ms('opentelemetry')} ms with OpenTelemetry's SDK. Without spans it takes
${ms('none')} ms. [All figures](performance-measurements.md#spans-in-a-page).`;
}

function events(results) {
  const entries = entriesOf(results.events ?? {});
  if (entries.length === 0) return '';
  const call = ({ rows }, wanted) => rows.find(({ title }) => title === wanted)?.call.median;
  const rows = entries.map((entry) => [
    entry.machine.runtime.split(' (')[0],
    ...['recordEvent', 'Faro pushEvent', 'JSON.stringify'].map((title) =>
      Math.round(call(entry, title)).toLocaleString('en'),
    ),
  ]);
  const head = ['an event of 200 bytes (ns), less is better', 'recordEvent', 'Grafana Faro'];
  return table([...head, 'JSON.stringify alone'], rows);
}

function runtimes(results) {
  const entries = entriesOf(results['hot-path'] ?? {});
  const ratio = ({ rows }, name) => rows.find(({ work, mixed }) => work === name && !mixed);
  const rows = entries.map((entry) => [
    entry.machine.runtime.split(' (')[0],
    ratioCell(ratio(entry, 'increment')?.peerToOurs),
    ratioCell(ratio(entry, 'increment-bound')?.peerToOurs),
    ratioCell(ratio(entry, 'increment-16')?.peerToOurs),
    ratioCell(ratio(entry, 'observe-bound')?.peerToOurs),
  ]);
  const head = ['fastest peer / ours, more is better', 'increment', 'increment, bound'];
  return table([...head, 'increment with 2 labels', 'observe, bound'], rows);
}

function scaling(results) {
  const [entry] = entriesOf(results.scaling ?? {});
  if (!entry) return '';
  const { sizes, blocked, exponents } = entry.rows.find(({ key }) => key === 'ours-shared');
  const longest = Math.max(...blocked.map(({ median }) => median)).toFixed(2);
  const [from, to] = [sizes[0], sizes.at(-1)].map((size) => size.toLocaleString('en'));
  return `With the link \`shared\` a scrape of ${from} to ${to} series blocked the main thread for ${longest} ms at the longest, in the
median of the runs. With ten times as many series an answer takes ${(10 ** exponents.answered.median).toFixed(1)} times as long.
[All sizes, and other clients](performance-measurements.md#scrapes-of-few-and-of-many-series).`;
}

function goals(results) {
  const all = Object.values(results).flatMap((of) => entriesOf(of));
  const verdicts = all.flatMap(({ figures }) => figures.map(({ verdict }) => verdict));
  const count = (wanted) => verdicts.filter((verdict) => verdict === wanted).length;
  const passed = count('pass');
  const short = count('short');
  return `The project has set itself ${verdicts.length} goals, such as "observe is 15 times as fast as with the fastest peer, in each
runtime". ${passed} are reached, ${short} are missed, and of ${verdicts.length - passed - short} the spread is too wide to say.
[The measurements](performance-measurements.md#goals) list each one, and what stands in the way of those that are missed.`;
}

function peersAhead(results) {
  const won = wonByPeers(results);
  if (won.length === 0) return 'In none of the rows above.';
  return `In these rows another client takes less than ours:\n\n${won.map((text) => `- ${text}`).join('\n')}`;
}

/** @param {Results} results */
export function resultsPage(results) {
  return `# Performance

<!-- Written by \`npm run bench -- --write\` from bench/results.json: change nothing here. -->

This page says what the package costs your application, beside other clients that do the same work.

![What others take, where utilityfog takes 1](performance/summary.svg)

A mark to the right of 1 means that this client takes more than we do, and a mark to the left of 1 that it takes less.

## In numbers

Each row was measured for all clients in the same run. The figures are medians. The number after ± is half the distance
between the quartiles, in percent of the median. The least is bold, and so are those whose quartiles come as low.

${fullTable(results)}

[prom-client](https://github.com/siimon/prom-client) has the version 15,
[@prometheus-io/client](https://www.npmjs.com/package/@prometheus-io/client) is its successor, and
[OpenTelemetry](https://github.com/open-telemetry/opentelemetry-js) is its SDK for metrics. A dash means that a client has no such call.
OpenTelemetry's call in place of text makes objects and no text. The page draws 4,000 points and makes 3,000 recordings in each frame,
and has 100,000 series that are collected and exported every second.

## Where others take less

${peersAhead(results)}

The first text of a process is made from nothing. Later texts are quick since only the numbers that have changed are written.
An increment without labels is a single addition with each client that is fast there.

## In each runtime

${runtimes(results)}

A figure of 1 means that the fastest of the other clients is as fast. Below 1 it is faster.

## Events and traces

${events(results)}

Only Grafana Faro has events as well. JSON.stringify is what it takes merely to write the value down.

${spans(results)}

## How many series

${scaling(results)}

## What these figures do not say

- They are from machines with two cores that had other work to do. Your machine has other times. Ratios differ less, but they
  differ, too.
- A recording costs nanoseconds with every client. If your service answers a hundred requests a second, you will notice none of them.
  What people notice is a scrape of many series that blocks the main thread, and the garbage of many recordings in a page.
- The collector's worker takes about 10 MB of memory in Node, and a part of a second core while it works.

## The goals

${goals(results)}

## Measure yourself

\`\`\`sh
npm ci && npm run build
npm run bench -- --quick      # about 8 minutes
\`\`\`

[All measurements](performance-measurements.md) has each figure in each runtime, the method, the machines, the dates and the commands.
[bench/README.md](../bench/README.md) says how the benchmark works.
`;
}
