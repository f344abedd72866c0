/** A page with the simulation, which also makes spans with the tracer of the contender that is its argument. */
import { startFrames } from '../frames-page/frame-loop.mjs';
import { watchLongTasks } from '../frames-page/long-tasks.mjs';
import { createSimulation } from '../frames-page/simulation.mjs';
import { answer, args } from '../harness/child.mjs';
import { spanAttributes } from '../inputs.mjs';

/** How many spans each frame makes: 10,000 a second at 60 frames a second. A late frame makes no more. */
const SPANS = 167;
/** A browser that has just begun is busy with itself, which must not count for the page. */
const SETTLING_MS = 2000;

const [module] = args;
const { open } = await import(`./contenders/${module}.mjs`);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function recorder({ span }) {
  let made = 0;
  return {
    record() {
      const until = made + SPANS;
      for (; made < until; made++) {
        const attributes = spanAttributes(made);
        span('GET /users/:id', { kind: 1, attributes });
      }
    },
    made: () => made,
  };
}

async function run({ warmUpMs, measuredMs }) {
  await pause(SETTLING_MS);
  const canvas = document.createElement('canvas');
  document.body.append(Object.assign(canvas, { width: 960, height: 540 }));
  const tracing = await open(new URL('/v1/traces', location.href).href);
  const simulation = createSimulation(canvas);
  const { record, made } = recorder(tracing);
  const loop = startFrames(simulation.step, record);
  await pause(warmUpMs);
  const madeBefore = made();
  const from = performance.now();
  // The marks tell which part of a trace of the browser is meant, and which thread.
  performance.mark('measured from');
  const endWatch = watchLongTasks();
  await pause(measuredMs);
  performance.mark('measured to');
  const to = performance.now();
  const spans = made() - madeBefore;
  loop.stop();
  const within = ({ start }) => start >= from && start < to;
  const longTasks = (await endWatch()).filter(within);
  const sent = await tracing.sent();
  await tracing.close();
  return {
    isolated: crossOriginIsolated,
    link: tracing.link,
    from,
    frames: loop.frames.filter(within),
    longTasks,
    spansPerSecond: (1000 * spans) / (to - from),
    made: made(),
    sent,
  };
}

answer({ run }, () => {});
