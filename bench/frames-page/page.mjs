/** A page with the simulation and the telemetry of the contender that is its argument. */
import { answer, args } from '../harness/child.mjs';
import { manyLabelSets } from '../inputs.mjs';
import { startFrames } from './frame-loop.mjs';
import { watchLongTasks } from './long-tasks.mjs';
import { createSimulation, FOGLETS, GROUPS } from './simulation.mjs';

/** How many foglets are recorded in a frame, with three recordings each. */
const RECORDED = 1000;

const [module] = args;
/** @type {{ open: import('./contenders/list.mjs').Open }} */
const { open } = await import(`./contenders/${module}.mjs`);

const groups = Array.from({ length: GROUPS }, (_, i) => `group-${i}`);
/** A browser that has just begun is busy with itself, which must not count for the page. */
const SETTLING_MS = 2000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Records some foglets in each frame, the next ones each time, and counts along. */
function recorder(simulation, telemetry, series) {
  const last = new Array(GROUPS).fill(0);
  let recorded = 0;
  return {
    record() {
      for (let i = 0; i < RECORDED; i++, recorded++) {
        const foglet = recorded % FOGLETS;
        const group = foglet % GROUPS;
        const value = simulation.positionOf(foglet);
        telemetry.record(recorded % series, group, value);
        last[group] = value;
      }
    },
    /** What the telemetry must hold in the end. */
    expected: () => ({
      many: { series, total: series + recorded },
      positions: { series: GROUPS, total: last.reduce((sum, value) => sum + value, 0) },
      distances: { series: GROUPS, total: recorded },
    }),
  };
}

function createCanvas() {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: 960, height: 540 });
  document.body.append(canvas);
  return canvas;
}

async function run({ series, warmUpMs, measuredMs }) {
  await pause(SETTLING_MS);
  const telemetry = await open(manyLabelSets(series), groups);
  const simulation = createSimulation(createCanvas());
  const { record, expected } = recorder(simulation, telemetry, series);
  const begun = performance.now();
  await telemetry.start();
  const loop = startFrames(simulation.step, record);
  await pause(warmUpMs);
  const from = performance.now();
  const endWatch = watchLongTasks();
  await pause(measuredMs);
  const to = performance.now();
  loop.stop();
  const exports = await telemetry.stop();
  const exportsPerSecond = (1000 * exports) / (performance.now() - begun);
  const within = ({ start }) => start >= from && start < to;
  return {
    isolated: crossOriginIsolated,
    link: telemetry.link,
    exportsPerSecond,
    frames: loop.frames.filter(within),
    longTasks: (await endWatch()).filter(within),
    held: await telemetry.read(),
    expected: expected(),
  };
}

answer({ run }, () => {});
