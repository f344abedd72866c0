/** Reads the command line. */
import { parseArgs } from 'node:util';
import { CONTENDERS } from './contenders/list.mjs';
import { isBuilt } from './harness/machine.mjs';
import { findRuntime, HERE, RUNTIMES } from './harness/runtimes.mjs';

export const PARTS = [
  'hot-path',
  'opentelemetry',
  'creation',
  'scrape',
  'formats',
  'push',
  'events',
  'scaling',
  'collection',
  'startup',
  'contention',
  'allocations',
  'frames',
  'span-frames',
];

/** The parts that can be measured in any runtime. Most others run only in the Node that runs this. */
const ANYWHERE = ['hot-path', 'creation', 'events'];

/** Parts about pages are measured in a page, even if only this Node was asked for. */
const IN_PAGES = ['frames', 'span-frames'];

export const RUNTIME_USAGE = `runtimes: ${RUNTIMES.join(', ')}, with commas between them, or all; ${HERE} when none is named`;

const USAGE = `node bench/run.mjs [part ...] [--quick] [--write] [--runtime <ids>] [--without <contender>]
parts: ${PARTS.join(', ')}; all of them when none is named
${RUNTIME_USAGE}
contenders: ${CONTENDERS.map(({ id }) => id).join(', ')}`;

/**
 * @param {string} named
 * @returns {string[]} the ids of runtimes
 * @throws if there is no such runtime, or it is not installed
 */
export function readRuntimes(named) {
  const runtimes = named === 'all' ? RUNTIMES : named.split(',');
  const unknown = runtimes.filter((id) => !RUNTIMES.includes(id));
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}\n${RUNTIME_USAGE}`);
  for (const id of runtimes) findRuntime(id);
  return runtimes;
}

/** @param {string[]} args */
export function readOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      runtime: { type: 'string', default: HERE },
      without: { type: 'string', multiple: true, default: [] },
    },
  });
  const runtimes = readRuntimes(values.runtime);
  const unknown = [
    ...positionals.filter((part) => !PARTS.includes(part)),
    ...values.without.filter((id) => !CONTENDERS.some((contender) => contender.id === id)),
  ];
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}\n${USAGE}`);

  const contenders = CONTENDERS.filter(({ id }) => !values.without.includes(id));
  const absent = contenders.find((contender) => !isBuilt(contender.package));
  if (absent) {
    const remedy = absent.id === 'ours' ? 'npm run build' : 'node scripts/install-parts.mjs peers';
    throw new Error(`${absent.package} is not there: ${remedy}, or --without ${absent.id}`);
  }
  return {
    parts: PARTS.filter((part) => positionals.length === 0 || positionals.includes(part)),
    quick: values.quick,
    write: values.write,
    runtimes,
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    contenders,
  };
}

/** @param {string} part @param {string[]} asked  runtimes */
function runtimesOf(part, asked) {
  if (ANYWHERE.includes(part)) return asked;
  if (!IN_PAGES.includes(part)) return asked.filter((id) => id === HERE);
  return asked.some((id) => id === HERE || id === 'chromium') ? ['chromium'] : [];
}

/**
 * The runtimes to visit, each with the parts to measure there.
 * @param {{ parts: string[], runtimes: string[] }} options
 */
export const placesOf = ({ parts, runtimes }) =>
  RUNTIMES.map((runtime) => ({
    runtime,
    parts: parts.filter((part) => runtimesOf(part, runtimes).includes(runtime)),
  })).filter((place) => place.parts.length > 0);
