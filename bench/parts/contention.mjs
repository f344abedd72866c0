/**
 * Measures whether threads that record slow each other down, and whether a scrape slows them down: one
 * alone, two at the same time, and two while the collector is scraped without a pause.
 */
import { startChild } from '../harness/child-process.mjs';
import { probe } from '../harness/quiet-share.mjs';
import { scrapeUrl } from '../harness/scraper.mjs';
import { ratio, summarise } from '../harness/statistics.mjs';
import { cell, digits, ratioCell, table } from '../harness/table.mjs';
import { atLeast } from '../harness/verdict.mjs';

const CHILD = new URL('../children/contention.mjs', import.meta.url);

const SUBJECTS = [
  { subject: 'bound', title: 'increment, 16 bound', isOurs: true },
  { subject: 'mixed', title: 'mixed recordings', isOurs: true },
  { subject: 'same-line', title: 'bare cells, one cache line' },
  { subject: 'different-lines', title: 'bare cells, different lines' },
];

/** For how much of the time that two threads record both must have a core. */
const PARALLEL = 0.85;
const ATTEMPTS = 5;

const THREADS = { main: 'main thread', second: 'second thread' };

/** Scrapes again and again. The function it returns ends that, and tells how many scrapes were answered. */
function scrapeOn(url) {
  let goesOn = true;
  const scraping = (async () => {
    let answered = 0;
    while (goesOn) {
      await scrapeUrl(url);
      answered++;
    }
    return answered;
  })();
  scraping.catch(() => {});
  return () => {
    goesOn = false;
    return scraping;
  };
}

/** @param {import('../harness/child-process.mjs').Child} child */
async function scrapedPhase(child, url, ms) {
  const end = scrapeOn(url);
  const recorded = await child.ask('phase', { main: true, second: true, ms });
  const scrapes = await end();
  // The last one may have ended after the phase.
  if (scrapes < 2) throw new Error('there was no scrape while the threads recorded');
  return { ...recorded, scrapes };
}

/** Two threads that take turns on a core do not meet. So the phase is repeated unless both have a core. */
async function parallelPhase(child, ms) {
  let best = { share: 0 };
  for (let i = 0; i < ATTEMPTS && best.share < PARALLEL; i++) {
    const recorded = await child.ask('phase', { main: true, second: true, ms });
    if (recorded.share > best.share) best = recorded;
  }
  return best;
}

async function round(child, url, ms) {
  const main = await child.ask('phase', { main: true, second: false, ms });
  const second = await child.ask('phase', { main: false, second: true, ms });
  const both = await parallelPhase(child, ms);
  const scraped = url ? await scrapedPhase(child, url, ms) : undefined;
  return { alone: { main: main.main, second: second.second }, both, scraped };
}

async function launch({ subject }, { rounds, ms, warmUpMs }) {
  const child = await startChild(CHILD, [subject]);
  try {
    const url = await child.ask('url');
    await child.ask('phase', { main: true, second: true, ms: warmUpMs });
    const measured = [];
    for (let i = 0; i < rounds; i++) measured.push(await round(child, url, ms));
    await child.ask('check');
    return measured;
  } finally {
    await child.end();
    probe();
  }
}

/** Throughput per CPU second as a ratio: with twice the time it is half. */
function evaluate({ subject, title, isOurs = false }, thread, rounds) {
  const ns = (phase) => rounds.map((measured) => measured[phase][thread].ns);
  return {
    subject,
    thread,
    isOurs,
    title: `${title}: ${THREADS[thread]}`,
    alone: summarise(ns('alone')),
    both: summarise(ns('both')),
    parallel: summarise(rounds.map(({ both }) => 100 * both.share)),
    scraped: isOurs ? summarise(ns('scraped')) : undefined,
    bothToAlone: ratio(ns('alone'), ns('both')),
    scrapedToBoth: isOurs ? ratio(ns('both'), ns('scraped')) : undefined,
    scrapes: isOurs ? summarise(rounds.map(({ scraped }) => scraped.scrapes)) : undefined,
  };
}

function render(rows, { ms }) {
  const head = ['CPU of the thread for one recording (ns)', 'one thread', 'two threads'];
  head.push('two, scraped', 'throughput: two / one', 'scraped / two', 'two: had a core (%)');
  const lines = rows.map((row) => [
    row.title,
    cell(row.alone),
    cell(row.both),
    cell(row.scraped),
    ratioCell(row.bothToAlone),
    ratioCell(row.scrapedToBoth),
    cell(row.parallel),
  ]);
  const scrapes = rows
    .filter(({ isOurs, thread }) => isOurs && thread === 'main')
    .map((row) => digits(row.scrapes.median));
  const notes = [
    `had a core: both threads, of the time that two recorded; far below ${100 * PARALLEL}% they hardly meet, and nothing is shown`,
    'throughput: per CPU second of the thread, so that waiting for a core does not count',
    `scrapes in a phase of ${ms} ms: ${scrapes.join(', ')}`,
  ];
  return [table(head, lines), ...notes].join('\n');
}

/**
 * @param {{ contenders: { id: string }[] }} options
 * @param {{ launches: number, rounds: number, ms: number, warmUpMs: number }} plan
 * @param {(line: string) => void} progress
 */
export async function contention({ contenders }, plan, progress) {
  if (!contenders.some(({ id }) => id === 'ours')) {
    return { rows: [], text: 'contention: there is no peer for it', figures: [] };
  }
  const measured = Object.fromEntries(SUBJECTS.map(({ subject }) => [subject, []]));
  for (let i = 0; i < plan.launches; i++) {
    for (const subject of SUBJECTS) {
      progress(`two threads, launch ${i + 1} of ${plan.launches}: ${subject.title}`);
      measured[subject.subject].push(...(await launch(subject, plan)));
    }
  }
  const rows = SUBJECTS.flatMap((subject) =>
    Object.keys(THREADS).map((thread) => evaluate(subject, thread, measured[subject.subject])),
  );
  const figures = rows
    .filter(({ scrapedToBoth }) => scrapedToBoth)
    .map((row) =>
      atLeast(`${row.title}: throughput scraped / not scraped`, row.scrapedToBoth, 0.9, 'x'),
    );
  return { rows, text: render(rows, plan), figures };
}
