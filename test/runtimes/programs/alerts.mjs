// Rules are evaluated while the main thread is stuck, and go on in the next process.
import { existsSync } from 'node:fs';
import { TelemetryCollector } from 'utilityfog-telemetry';
import { alerting, webhook } from 'utilityfog-telemetry/alerting';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';

const { link, rules, url, stopFile, persist } = JSON.parse(process.argv[2]);
const notify = url && webhook({ url, groupWait: 0 });
const collector = new TelemetryCollector({
  ...{ link, persist, collectionInterval: 0.05 },
  use: [history(), promql(), alerting({ rules, notify })],
});
const print = (value) => console.log(JSON.stringify(value));
const turns = collector.registerCounter('turns_total', 'Turns of the loop');
const ran = new Promise((resolve) => collector.addHook('collection', resolve));
// The collector does not hold the process open, so this does while it is waited for.
const hold = setInterval(() => {}, 60_000);

async function stuck() {
  let told = 0;
  collector.addHook('alert', () => told++);
  await ran;
  print({ link: collector.link });
  while (!existsSync(stopFile)) turns.increment();
  // What the hooks are told has waited for this thread.
  print({ toldBefore: told, turns: turns.getValue().value });
}

/** Prints each change of an alert, and ends when it is told to. */
async function watching() {
  const end = new Promise((resolve) => process.stdin.once('data', resolve));
  collector.addHook('alert', ({ state, activeAt }) => print({ state, activeAt }));
  turns.increment();
  await end;
  const matrix = async (expr) => (await collector.query(`${expr}[5m]`)).result;
  const timesOf = async (expr) =>
    (await matrix(expr)).flatMap(({ values }) => values.map(([time]) => time));
  print({
    evaluated: await timesOf('turns:sum'),
    firing: await timesOf('ALERTS{alertstate="firing"}'),
  });
}

await collector.startCollection();
await (stopFile ? stuck() : watching());
await collector.shutdown();
clearInterval(hold);
// In Deno a read of stdin goes on holding the process.
if (!stopFile) process.exit();
