/**
 * Measures what the evaluation of rules costs the thread of the application, over each link with a worker: the CPU time
 * of that thread with rules, less that without them. `node bench/rules.mjs`, or with Deno or Bun, on Linux.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { alerting } from '../dist/alerting.js';
import { history } from '../dist/history.js';
import { TelemetryCollector } from '../dist/node.js';
import { promql } from '../dist/promql.js';

const SERIES = 1000;
const RULES = 50;
/** How often rules are evaluated, and for how many seconds that is looked at. */
const INTERVAL = 0.1;
const SECONDS = 4;
const ROUNDS = 3;

const steady = Array.from({ length: RULES }, (_, i) => ({
  alert: `Full${i}`,
  expr: `max by (zone) (queue_size) > ${i}`,
}));
// At every other evaluation it is over, and the hook is told.
const changing = { alert: 'Changes', expr: 'floor(vector(time()) * 10) % 2 == 0' };
/** So many alerts of one rule, which change together. */
const TOGETHER = SERIES / 2;
const changingTogether = {
  alert: 'Together',
  expr: `queue_size{zone=~"z[0-4]"} > 0 and on () (floor(vector(time()) * 10) % 2 == 0)`,
};
const SETS = {
  'no rules': [],
  [`${RULES} rules, of which none changes`]: steady,
  'the same, and one alert that changes each time': [...steady, changing],
  [`${TOGETHER} alerts of one rule that change each time`]: [changingTogether],
};

/** The CPU time of the main thread, in milliseconds. */
function cpuTime() {
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(nanoseconds) / 1e6;
}
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
/** Other work on the machine adds to CPU time, and never takes away from it. */
const least = (found, of) => Math.min(...found.map(of));

async function measure(link, rules) {
  const groups = [{ name: 'g', interval: `${INTERVAL * 1000}ms`, rules }];
  const use = [history(), promql(), alerting({ rules: { groups } })];
  const collector = new TelemetryCollector({ link, collectionInterval: 1, use });
  const sizes = collector.registerGauge('queue_size', '', { labelNames: ['zone', 'queue'] });
  for (let i = 0; i < SERIES; i++) sizes.set(100, { zone: `z${i % 10}`, queue: `q${i}` });
  let told = 0;
  collector.addHook('alert', () => told++);
  await collector.startCollection();
  const iterations = async () => {
    const { metrics } = await collector.getSnapshot();
    const of = (name) => [metrics[`telemetry_rule_group_${name}_total`]].flat()[0]?.value ?? 0;
    return of('iterations') - of('iterations_missed');
  };
  await pause(2);
  const before = await iterations();
  const toldBefore = told;
  await pause(0.5);
  const began = cpuTime();
  await pause(SECONDS);
  const cpu = cpuTime() - began;
  await pause(0.5);
  const evaluations = ((await iterations()) - before) * (SECONDS / (SECONDS + 1));
  const heard = (told - toldBefore) * (SECONDS / (SECONDS + 1));
  const isRight = collector.link === link;
  await collector.shutdown();
  if (!isRight) throw new Error(`the link is ${collector.link}`);
  return { cpu, evaluations, heard };
}

for (const link of ['shared', 'message']) {
  const found = Object.keys(SETS).map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, rules] of Object.values(SETS).entries()) {
      found[i].push(await measure(link, rules));
    }
  }
  const idle = least(found[0], ({ cpu }) => cpu);
  console.log(`${link}: ${(idle / SECONDS).toFixed(2)} ms in a second without rules`);
  for (const [i, name] of Object.keys(SETS).entries()) {
    if (i === 0) continue;
    const each = least(found[i], ({ cpu, evaluations }) => (cpu - idle) / evaluations);
    const { evaluations, heard } = found[i][0];
    console.log(
      `  ${name}: ${each.toFixed(3)} ms for an evaluation (${evaluations.toFixed(0)} of them; the hook was told ${heard.toFixed(0)} times)`,
    );
  }
}
