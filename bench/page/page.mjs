/**
 * The page: the simulation with one contender's telemetry. `globalThis.run` is called from outside.
 */
import { manyLabelSets } from '../inputs.mjs';
import { startFrames } from './frame-loop.mjs';
import { watchLongTasks } from './long-tasks.mjs';
import { createSimulation, FOGLETS, GROUPS } from './simulation.mjs';

/** Foglets that are recorded in a frame; three recordings each. */
const RECORDED = 1000;

const groups = Array.from({ length: GROUPS }, (_, i) => `group-${i}`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Records some foglets in each frame, the next ones in turn, and keeps books of its own. */
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
    /** What the telemetry must hold. */
    expected: () => ({
      many: { series, total: series + recorded },
      positions: { series: GROUPS, total: last.reduce((sum, value) => sum + value, 0) },
      distances: { series: GROUPS, total: recorded },
    }),
  };
}

/** @param {import('./contenders/list.mjs').Open} open */
export function offerRun(open) {
  globalThis.run = async ({ series, warmUpMs, measuredMs }) => {
    const telemetry = await open(manyLabelSets(series), groups);
    const simulation = createSimulation(document.querySelector('canvas'));
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
  };
}
