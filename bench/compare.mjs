/**
 * The working tree beside another version of itself, in one run, rounds in turn.
 * `node bench/compare.mjs <git ref> [part ...] [--quick] [--runtime <ids>]`
 */
import { parseArgs } from 'node:util';
import { describeChange } from './harness/change.mjs';
import { describeMachine, machineLines } from './harness/machine.mjs';
import { visit } from './harness/place.mjs';
import { describeQuiet, takeQuietShare } from './harness/quiet-share.mjs';
import { measureInTurn, ratioOfRounds, summariseRounds } from './harness/rounds.mjs';
import { HERE } from './harness/runtimes.mjs';
import { ratio, summarise } from './harness/statistics.mjs';
import { cell, ratioCell, table } from './harness/table.mjs';
import { placesOf, RUNTIME_USAGE, readRuntimes } from './options.mjs';
import { FIGURES, measureCreation } from './parts/creation.mjs';
import { WORKS } from './parts/hot-path.mjs';
import { inFreshProcesses } from './parts/many-series.mjs';
import { measureScrape, ROWS, valueIn } from './parts/scrape.mjs';
import { buildThis, checkOut } from './version.mjs';

const OURS = 'contenders/ours.mjs';
const TIME = { less: 'faster', more: 'slower' };
const MEMORY = { less: 'smaller', more: 'larger' };

const EVENT = { work: 'record-event', title: 'recordEvent with 200 bytes' };

/** Lists the rows of each part, each `[title, before, after, ratio, verdict]`. */
const COMPARE = {
  'hot-path': (bench, plan) =>
    compareWorks(
      WORKS.filter(({ mixed }) => !mixed),
      bench,
      plan,
    ),
  events: (bench, plan) => compareWorks([EVENT], bench, plan),
  creation: (bench, plan) =>
    compareFresh(FIGURES, bench, plan, measureCreation, (round, key) => round[key]),
  scrape: (bench, plan) =>
    compareFresh(
      ROWS.filter(({ key }) => key !== 'idle'),
      bench,
      plan,
      measureScrape,
      valueIn,
    ),
};

const USAGE = `node bench/compare.mjs <git ref> [part ...] [--quick] [--runtime <ids>]
parts: ${Object.keys(COMPARE).join(', ')}; all of them when none is named
${RUNTIME_USAGE}`;

function progress(line) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

async function compareWorks(works, bench, plan) {
  const rows = [];
  for (const { work, title } of works) {
    progress(title);
    const rounds = await measureInTurn(
      [
        { key: 'before', module: OURS, work, bench },
        { key: 'after', module: OURS, work },
      ],
      plan,
    );
    const ns = (key) => summariseRounds(rounds[key], 'ns');
    const change = ratioOfRounds(rounds.after, rounds.before, 'ns');
    const verdict = describeChange(change, TIME, ratioOfLaunches(rounds, plan));
    rows.push([`${title} (ns)`, ns('before'), ns('after'), change, verdict]);
  }
  return rows;
}

function ratioOfLaunches({ before, after }, plan) {
  return Array.from({ length: plan.launches }, (_, launch) => {
    const [from, to] = [launch * plan.rounds, (launch + 1) * plan.rounds];
    return ratioOfRounds(after.slice(from, to), before.slice(from, to), 'ns').median;
  });
}

async function compareFresh(figures, bench, plan, measure, valueAt) {
  const versions = [
    { id: 'before', module: OURS, bench },
    { id: 'after', module: OURS },
  ];
  const results = await inFreshProcesses(versions, plan, measure, progress);
  const valuesOf = ({ key }) =>
    versions.map(({ id }) => results[id].map((round) => valueAt(round, key)));
  // Pages cannot tell all of it.
  const told = figures.filter((figure) => valuesOf(figure).flat().every(Number.isFinite));
  return told.map(({ key, title }) => {
    const [before, after] = valuesOf({ key });
    const words = /bytes/.test(title) ? MEMORY : TIME;
    const change = ratio(after, before);
    return [title, summarise(before), summarise(after), change, describeChange(change, words)];
  });
}

function render(part, rows) {
  const lines = rows.map(([title, before, after, change, verdict]) => [
    title,
    cell(before),
    cell(after),
    ratioCell(change),
    verdict,
  ]);
  return table([part, 'before', 'after', 'after / before', 'verdict'], lines);
}

/** Launches matter more than rounds: each compiles the code anew, and not always the same way. */
function plans(quick, { runtime, quietNs }) {
  const loop = {
    launches: quick ? 3 : 7,
    rounds: quick ? 4 : 5,
    sliceMs: 2,
    warmUpMs: 400,
    quietNs,
    runtime,
  };
  const many = { series: 100_000, rounds: quick ? 3 : 9, runtime };
  return { 'hot-path': loop, events: loop, creation: many, scrape: many };
}

function argumentsOrExit() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        runtime: { type: 'string', default: HERE },
      },
    });
    const [ref, ...named] = positionals;
    const unknown = named.filter((part) => !(part in COMPARE));
    if (!ref || unknown.length > 0) throw new Error([...unknown, USAGE].join('\n'));
    const parts = Object.keys(COMPARE).filter((part) => named.length === 0 || named.includes(part));
    return { ref, parts, quick: values.quick, runtimes: readRuntimes(values.runtime) };
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

async function compareIn({ runtime, parts }, { bench, quick }) {
  const place = await visit(runtime, []);
  console.log(`\n${place.name}`);
  for (const part of parts) {
    try {
      const rows = await COMPARE[part](bench, plans(quick, place)[part]);
      progress('');
      console.log(`\n${render(part, rows)}\n\n${describeQuiet(takeQuietShare())}`);
    } catch (error) {
      progress('');
      console.log(`\n${part} cannot be compared: ${error.message.split('\n')[0]}`);
      process.exitCode = 1;
    }
  }
}

const { ref, quick, ...asked } = argumentsOrExit();
console.error('building both versions');
buildThis();
const { commit, bench, remove } = await checkOut(ref);
try {
  console.log(machineLines(describeMachine([], ''))[0]);
  console.log(`before: ${ref} (${commit}); after: the working tree`);
  for (const place of placesOf(asked)) await compareIn(place, { bench, quick });
} finally {
  remove();
}
