/**
 * The suite that the package must pass wherever it runs: server runtimes, edge functions, pages, dedicated
 * workers, service workers. It is plain JavaScript that uses only what all of these have.
 */
import { features } from './cases-features.mjs';
import { leaving } from './cases-leaving.mjs';
import { lifetime } from './cases-lifetime.mjs';
import { queries } from './cases-queries.mjs';
import { recording } from './cases-recording.mjs';
import { traces } from './cases-traces.mjs';
import { NOT_OFFERED, persistOf } from './place.mjs';

/**
 * @typedef {object} Place what the place offers to the package, and which results are expected there
 * @property {string} name the row of the table that the result is kept under
 * @property {Expected} expected
 * @property {object} [options] options of every collector, e.g. `{ link: 'message' }` or `{ worker }`
 * @property {{ directory?: string }} [persist] where records outlive a collector; absent if none do
 * @property {string} [destination] what exports go below: a folder with a slash, or a prefix of keys
 * @property {(destination: string) => Promise<string | undefined>} [read] reads an export back
 * @property {(port: MessagePort, options: object) => Promise<Thread>} [thread]
 *   starts another thread, which calls `join` of joined-thread.mjs
 * @property {boolean} [listens] whether `serve()` can listen and `fetch` reaches it
 * @property {string} [receiver] a server (test/runtimes/receiver.ts) that `fetch` reaches, if it reaches any
 * @property {boolean} [followsAsync] whether the active span follows asynchronous calls
 * @property {number} [caseSeconds] how long a case may take; 60 unless given
 *
 * @typedef {object} Expected
 * @property {'shared' | 'message' | 'inline'} link
 * @property {'filesystem' | 'indexeddb' | 'memory'} storage what is used if `persist` is asked for
 * @property {string} runtime as `diagnostics()` calls it
 * @property {string[]} [failed] ways to start the worker that fail there, in order
 * @property {string} [remedy] what the warning about storage that is forbidden must name
 *
 * @typedef {object} Thread
 * @property {string} link
 * @property {() => Promise<void>} leave its collector shuts down, then the thread ends
 * @property {() => Promise<void>} terminate the thread ends without notice
 *
 * @typedef {object} Here what a case works with
 * @property {typeof import('./package.mjs')} telemetry
 * @property {Place} place
 * @property {(options?: object) => import('utilityfog-telemetry').TelemetryCollector} make
 *   a collector that is shut down after the case
 * @property {() => string[]} warnings returns all that was logged since the last call; a case fails if
 *   something is logged that it has not asked for by this
 */

const CASES = { ...recording, ...leaving, ...lifetime, ...features, ...queries, ...traces };

/**
 * @param {typeof import('./package.mjs')} telemetry the exports of the package
 * @param {Place} place
 * @returns everything as plain data
 */
export async function conform(telemetry, place) {
  const cases = [];
  for (const [name, run] of Object.entries(CASES)) {
    cases.push({ name, ...(await outcomeOf(run, telemetry, place)) });
  }
  return { place: place.name, ...(await inUse(telemetry, place)), cases };
}

/** Resolves to the link and storage that a collector with `persist` uses in a place. */
async function inUse(telemetry, place) {
  const { collector } = quietCollector(telemetry, place, { persist: persistOf(place, 'in use') });
  const { link, storage, failed } = await collector.diagnostics();
  await collector.shutdown();
  return { link, storage, failed };
}

function quietCollector(telemetry, place, options) {
  const logged = [];
  const write = (message) => void logged.push(message);
  const logger = { warn: write, error: write };
  const all = { ...place.options, logger, ...options };
  return { collector: new telemetry.TelemetryCollector(all), logged };
}

async function outcomeOf(run, telemetry, place) {
  const made = [];
  const make = (options) => {
    made.push(quietCollector(telemetry, place, options));
    return made.at(-1).collector;
  };
  const warnings = () => made.flatMap(({ logged }) => logged.splice(0)).filter(isNews(place));
  try {
    const outcome = await inTime(run({ telemetry, place, make, warnings }), place);
    await Promise.all(made.map(({ collector }) => collector.shutdown()));
    const unasked = warnings();
    if (unasked.length > 0) throw new Error(`warned: ${unasked.join('; ')}`);
    return { outcome: outcome === NOT_OFFERED ? outcome : 'passed' };
  } catch (error) {
    for (const { collector } of made) void collector.shutdown();
    const why = String(error?.stack ?? error);
    return { outcome: 'failed', error: [why, ...warnings()].join('\n') };
  }
}

/** If workers are refused, every collector says so once. That is no news: the case on links checks it. */
function isNews({ expected }) {
  const told = expected.failed?.length ? `using the ${expected.link} link` : undefined;
  return (message) => told === undefined || !message.includes(told);
}

function inTime(work, { caseSeconds = 60 }) {
  let timer;
  const late = new Promise((_, reject) => {
    const message = `took longer than ${caseSeconds} seconds`;
    timer = setTimeout(() => reject(new Error(message)), caseSeconds * 1000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
