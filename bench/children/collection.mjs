/**
 * A process whose collector writes many series to a folder:
 * `node collection.mjs <export | persist> <series> <folder>`.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { PrometheusAdapter, TelemetryCollector } from 'utilityfog-telemetry';
import { checkHeld, heldOf } from '../harness/check.mjs';
import { answer, args } from '../harness/child.mjs';
import { countSamples } from '../harness/exposition.mjs';
import { timed } from '../harness/timed.mjs';
import { MANY, manyLabelSets } from '../inputs.mjs';

const [kind, countArgument, folder] = args;
const count = Number(countArgument);
const { methods, routes } = manyLabelSets(count);
const options = {
  seriesLimit: 2 * count,
  persist: kind === 'persist' ? { name: 'bench', directory: folder } : undefined,
};
const help = 'Benchmark';
const file = join(folder, 'metrics.prom');
const exporter = new PrometheusAdapter(file);

const register = (collector) =>
  collector.registerCounter(MANY, help, { labelNames: ['method', 'route'] });

const collector = new TelemetryCollector(options);
const counter = register(collector);
let total = 0;

function touch({ touched = count, every = 1 }) {
  for (let i = 0; i < touched; i += every) {
    counter.increment(1, { method: methods[i], route: routes[i] });
    total++;
  }
}

async function write() {
  if (kind === 'persist') await collector.flush();
  else if (!(await exporter.exportMetrics(collector))) throw new Error('the export failed');
}

/** Changes some series and lets the collector write. Returns what that costs. */
async function run(changed) {
  touch(changed);
  const { figures } = await timed(write);
  return figures;
}

function writtenBytes() {
  const paths = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  return Math.max(...paths.map((path) => statSync(path)).map((s) => (s.isFile() ? s.size : 0)));
}

/**
 * Writes the same number of bytes, which are ready, with the same care: beside their place, flushed,
 * renamed.
 */
async function bare() {
  const bytes = Buffer.alloc(writtenBytes(), 1);
  const name = join(folder, 'bare');
  const { figures } = await timed(async () => {
    const opened = openSync(`${name}.tmp`, 'w');
    writeSync(opened, bytes);
    fsyncSync(opened);
    closeSync(opened);
    renameSync(`${name}.tmp`, name);
  });
  return { ...figures, others: figures.main };
}

/** Resolves to what a later collector is given back. */
async function restored() {
  await collector.shutdown();
  const successor = new TelemetryCollector(options);
  register(successor);
  const { metrics } = await successor.getSnapshot();
  await successor.shutdown();
  return heldOf([metrics[MANY] ?? []].flat().map(({ value }) => value));
}

async function check() {
  const held =
    kind === 'persist' ? await restored() : countSamples(readFileSync(file, 'utf8'), MANY);
  checkHeld(held, { series: count, total });
}

answer({ run, bare, check }, () => collector.shutdown());
