/**
 * The swarm without a page: the same simulation in Node, scraped over HTTP.
 *
 *   npm start -- --headless [--port 9464] [--seed 1] [--speed 1] [--steps N] [--totals-file FILE]
 *
 * With `--steps` it runs that many steps as fast as it can, then stands still and goes on serving;
 * `--totals-file` then gets the simulation's own count, to hold a scrape against it.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
import { expectedSeries } from './audit.ts';
import { instrument } from './instrumentation.ts';
import { Simulation } from './simulation.ts';
import { sum } from './totals.ts';

const FRAME_MS = 1000 / 60;
const STEPS_PER_TURN = 200;
const SUMMARY_SECONDS = 5;

const { values: options } = parseArgs({
  options: {
    headless: { type: 'boolean' },
    port: { type: 'string', default: '9464' },
    seed: { type: 'string', default: '1' },
    speed: { type: 'string', default: '1' },
    branching: { type: 'string', default: '3' },
    depth: { type: 'string', default: '8' },
    steps: { type: 'string' },
    'totals-file': { type: 'string' },
  },
});

const collector = new TelemetryCollector({ collectionInterval: 5 });
let simulation: Simulation | undefined;
const swarm = new Simulation(
  instrument(collector, () => simulation),
  number('seed'),
  { branching: number('branching'), depth: number('depth') },
);
simulation = swarm;

await collector.startCollection();
const server = await collector.serve({ port: number('port') }).catch((error: unknown) => {
  console.error(`Cannot serve: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
});
console.log(`Metrics of ${format(swarm.world.tree.size)} foglets: ${server.url}`);

// serve() does not hold the process open; these timers do.
const timers: NodeJS.Timeout[] = [];
if (options.steps === undefined) runLive();
else runSteps(number('steps'));
if (process.stdout.isTTY) timers.push(setInterval(summarize, SUMMARY_SECONDS * 1000));
process.once('SIGINT', stop);
process.once('SIGTERM', stop);

function runLive(): void {
  const speed = number('speed');
  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    swarm.advance(((now - last) / 1000) * speed);
    last = now;
  };
  timers.push(setInterval(frame, FRAME_MS));
}

function runSteps(steps: number): void {
  const work = () => {
    const end = Math.min(steps, swarm.totals.steps + STEPS_PER_TURN);
    while (swarm.totals.steps < end) swarm.step();
    if (swarm.totals.steps < steps) return;
    clearInterval(worker);
    void finish();
  };
  const worker = setInterval(work);
  // Holds the process open once the steps are done.
  timers.push(
    worker,
    setInterval(() => {}, 1 << 30),
  );
}

async function finish(): Promise<void> {
  await collector.flush();
  const file = options['totals-file'];
  if (file) {
    const { totals } = swarm;
    const text = JSON.stringify({ totals, series: expectedSeries(totals) }, null, 2);
    // Written in one step, so that whoever waits for the file never reads half of it.
    writeFileSync(`${file}.part`, `${text}\n`);
    renameSync(`${file}.part`, file);
  }
  console.log(`Stopped after ${format(swarm.totals.steps)} steps; still serving.`);
}

async function summarize(): Promise<void> {
  const { totals } = swarm;
  const text = await formatPrometheus(collector);
  console.log(
    `${format(sum(totals.delivered))} messages delivered, ${format(totals.inFlight)} on their way, ` +
      `${format(sum(totals.alive))} foglets alive, ${format(sum(totals.failed))} failed; ` +
      `exposition ${format(text.length)} bytes`,
  );
}

async function stop(): Promise<void> {
  for (const timer of timers) clearInterval(timer);
  // After this nothing is left that would hold the process.
  await collector.shutdown();
}

function number(name: keyof typeof options): number {
  const value = Number(options[name]);
  if (Number.isFinite(value) && value >= 0) return value;
  console.error(`--${name} takes a number, not "${options[name]}"`);
  process.exit(2);
}

function format(value: number): string {
  return value.toLocaleString('en');
}
