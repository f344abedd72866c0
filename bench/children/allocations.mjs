/**
 * Counts, in a process of its own, what the mixed recordings of one contender allocate, and how often they
 * are compiled anew: `allocations.mjs <module, relative to bench/> <folder>`, with --expose-gc. The engine
 * writes its trace to that folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import v8 from 'node:v8';
import { checkHeld } from '../harness/check.mjs';
import { answer, args } from '../harness/child.mjs';

/** How many recordings are made at a time: so few that no collection comes between them. */
const WEIGHED = 1600;
const WEIGHINGS = 5;

/** This gives time for compiling, for entries of the observer, and for the trace. */
const SETTLING_MS = 50;

const [module, folder] = args;
// It cannot be set at the start of the process, since the folder is another one then.
process.chdir(folder);
v8.setFlagsFromString('--redirect-code-traces');
v8.setFlagsFromString('--trace-deopt');
const { open } = await import(new URL(`../${module}`, import.meta.url).href);
/** @type {import('../contenders/list.mjs').Contender} */
const contender = await open();
const work = contender.works.mixed();

/** The trace of the main thread; each thread has a file of its own. */
const trace = `code-${process.pid}-0.asm`;

function deoptimisations() {
  if (!existsSync(trace)) return 0;
  return readFileSync(trace, 'latin1').split('[bailout').length - 1;
}

/** Makes the engine deoptimise something, so that a trace in which nothing is found can be believed. */
async function provokeDeoptimisation() {
  for (let attempt = 0; attempt < 100 && deoptimisations() === 0; attempt++) {
    // The code is new each time: the engine compiles code that has failed once with more care.
    const twice = new Function('o', 'return o.x + o.x');
    for (let i = 0; i < 100_000; i++) twice({ x: i });
    await pause(10);
    twice({ x: 'text' });
  }
  if (deoptimisations() === 0) throw new Error(`the engine does not write its trace to ${trace}`);
}

const YOUNG = 1;
let collections = { young: 0, old: 0 };
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries())
    collections[detail.kind === YOUNG ? 'young' : 'old']++;
}).observe({ entryTypes: ['gc'] });

/** The heap is cleaned first, so that the number of collections depends only on what follows. */
async function tidy() {
  globalThis.gc();
  await pause(SETTLING_MS);
  collections = { young: 0, old: 0 };
}

/** It warms up in short runs: a run that never ends is compiled while it runs, and not for the next call. */
async function warmUp(recordings) {
  await provokeDeoptimisation();
  for (let done = 0; done < recordings; done += WEIGHED) {
    work.run(WEIGHED);
    if (done % (100 * WEIGHED) === 0) await pause(SETTLING_MS);
  }
}

/**
 * Returns how many bytes some work allocates. It measures several times, since threads of the engine that
 * sweep and compile sometimes change the size of the heap, too.
 */
function weigh(action) {
  const bytes = Array.from({ length: WEIGHINGS }, () => {
    const before = v8.getHeapStatistics().used_heap_size;
    action();
    return v8.getHeapStatistics().used_heap_size - before;
  });
  return bytes.sort((a, b) => a - b)[Math.floor(WEIGHINGS / 2)];
}

async function bytesOfRecording() {
  await tidy();
  const weighing = weigh(() => {});
  const bytes = weigh(() => work.run(WEIGHED)) - weighing;
  await pause(SETTLING_MS);
  const { young, old } = collections;
  if (young + old > 0) throw new Error('a collection came in between: weigh fewer recordings');
  return bytes / WEIGHED;
}

async function round(recordings) {
  const deoptimisedBefore = deoptimisations();
  const bytes = await bytesOfRecording();
  await tidy();
  work.run(recordings);
  await pause(SETTLING_MS);
  return { ...collections, bytes, deoptimised: deoptimisations() - deoptimisedBefore };
}

async function check() {
  const { series, expected } = work;
  checkHeld(await work.read(), { series, total: expected() });
}

answer({ warmUp, round, check }, () => contender.close());
