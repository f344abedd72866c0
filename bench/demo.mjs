/**
 * Compares what the demo shows with the benchmark's part `frames`, measured in turn: `node bench/demo.mjs [--rounds N]`.
 * What they have in common is how much later than without telemetry the slowest hundredth of frames comes. Ends with 1 if
 * these ratios are further apart than their spread and a wide margin allow.
 *
 * OpenTelemetry is shown and not judged: its exporter writes JSON in the demo, and nothing in the benchmark.
 */
import { parseArgs } from 'node:util';
import { openDemo } from '../scripts/open-demo.mjs';
import { CONTENDERS } from './contenders/list.mjs';
import { ratio, summarise } from './harness/statistics.mjs';
import { ratioCell, table } from './harness/table.mjs';
import { frames } from './parts/frames.mjs';

/** The demo draws something else, and has a collector of its own. */
const MARGIN = 2;
const SECONDS = 10;
const PLAN = { series: 100_000, rounds: 2, warmUpMs: 2000, measuredMs: 1000 * SECONDS };
const JUDGED = ['ours', 'prom-client'];
const SHOWN = [...JUDGED, 'opentelemetry'];

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '2' } } });
const rounds = Number(values.rounds);

const shown = await demoRounds(rounds);
const contenders = CONTENDERS.filter(({ id }) => SHOWN.includes(id));
const { rows } = await frames({ contenders }, { ...PLAN, rounds }, (line) => console.error(line));
const p99 = rows.find(({ key }) => key === 'frame.p99').of;

let isApart = false;
const lines = SHOWN.map((id) => {
  const inDemo = ratio(shown[id], shown.none);
  // The page without telemetry runs first and last in each round, and the later one is the base of fewest others.
  const base = p99.none.median;
  const { median, low, high } = p99[id];
  const inBench = { median: median / base, low: low / base, high: high / base, rounds };
  const agrees = inDemo.low <= inBench.high * MARGIN && inDemo.high * MARGIN >= inBench.low;
  const isJudged = JUDGED.includes(id);
  isApart ||= isJudged && !agrees;
  const verdict = agrees ? 'agrees' : 'APART';
  return [id, ratioCell(inDemo), ratioCell(inBench), isJudged ? verdict : 'not judged'];
});
const head = ['99th percentile of frames, with against without', 'demo', 'benchmark', 'verdict'];
console.log(table(head, lines));
const milliseconds = (id) => `${id} ${summarise(shown[id]).median.toFixed(1)} ms`;
console.log(`In the demo: ${['none', ...SHOWN].map(milliseconds).join(', ')}`);
if (isApart) process.exitCode = 1;

/** Resolves to the 99th percentiles that the demo shows, by library and round. */
async function demoRounds(rounds) {
  const found = {};
  const { page, close } = await openDemo(`?seed=7&seconds=${SECONDS}`);
  try {
    await page.click('#compare-open');
    for (let round = 0; round < rounds; round++) {
      console.error(`demo, round ${round + 1} of ${rounds}`);
      await page.click('#compare-all');
      await page.waitForSelector('[data-library="opentelemetry"]:not([data-recorded])');
      await page.waitForSelector('[data-library="opentelemetry"][data-recorded]');
      const figures = await page.$$eval('[data-library]', (bodies) =>
        bodies.map(({ dataset }) => [dataset.library, JSON.parse(dataset.figures), dataset.exact]),
      );
      for (const [id, { p99 }, exact] of figures) {
        if (exact === 'false') throw new Error(`${id} has not delivered what was recorded`);
        (found[id] ??= []).push(p99);
      }
    }
  } finally {
    await close();
  }
  return found;
}
