/** Runs a program of threads, and finds what should not have been shown. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FlushOutcome,
  formatPrometheus,
  TelemetryCollector,
  type TelemetryCollectorOptions,
  TelemetryError,
} from 'utilityfog-telemetry';
import { parseText } from '../formats/text-parser.ts';
import { AllowedTotal, type Bounds } from './allowed.ts';
import type { Kind, Program, Step } from './program.ts';
import { MortalCollector, type RealThread } from './real-thread.ts';

/** What has not happened after so long never will. Milliseconds. */
const NEVER = 300_000;
const NAMES = { counter: 'a_total', histogram: 'h' } as const;
const SAMPLES = { counter: ['a_total'], histogram: ['h_count', 'h_sum'] } as const;
const SERIES = ['x', 'y', 'z'];
const OWNER = 0;

type StepOf<What extends Step['do']> = Extract<Step, { do: What }>;

class Wrong extends Error {}

/** @returns what was wrong; `undefined` if nothing was */
export async function faultOf(program: Program): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'telemetry-'));
  const run = new Run(program, directory);
  try {
    await run.all();
    return undefined;
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return `${error.message}\nlogged: ${run.logged.join('\n        ')}`;
  } finally {
    await run.end();
    await rm(directory, { recursive: true, maxRetries: 5 });
  }
}

class Run {
  readonly #program: Program;
  readonly #options: TelemetryCollectorOptions;
  readonly #owner: MortalCollector;
  readonly #metrics: ReturnType<typeof register>;
  readonly #threads = new Map<number, RealThread>();
  readonly #ended: RealThread[] = [];
  /** The threads that the collector knows for sure. */
  readonly #joined = new Set([OWNER]);
  /** Who has made the port of each thread that has not shown anything yet. */
  readonly #made = new Map<number, number>();
  readonly #busy = new Set<number>();
  readonly #totals = new Map<string, AllowedTotal>();
  /** What each thread has set its gauge to. It is unknown after everything was reset. */
  readonly #gauges = new Map<number, number | undefined>();
  /** Who has reset everything since everything was last quiet. */
  readonly #resetters = new Set<number>();
  readonly #kills: Promise<void>[] = [];
  #failure: string | undefined;

  constructor(program: Program, directory: string) {
    this.#program = program;
    this.#options = program.persist ? { persist: { name: 'app', directory } } : {};
    this.#owner = new MortalCollector({ link: program.link, ...this.#options });
    this.#metrics = register(this.#owner.collector);
    for (const kind of ['counter', 'histogram'] as const) {
      for (const n of SERIES) {
        for (const sample of SAMPLES[kind]) this.#totals.set(`${sample} ${n}`, new AllowedTotal());
      }
    }
  }

  get logged(): readonly string[] {
    return this.#owner.logged;
  }

  async all(): Promise<void> {
    const { steps, quiet } = this.#program;
    for (const [i, step] of steps.entries()) await this.#at(`step ${i}`, () => this.#do(step));
    if (quiet) await this.#at('the end', () => this.#settle());
    await this.#at('the restart', () => this.#restart());
  }

  async end(): Promise<void> {
    const threads = [...this.#threads.values(), ...this.#ended];
    await Promise.all(threads.map((thread) => thread.terminate()));
    await this.#owner.collector.shutdown();
    await Promise.all(this.#owner.workers.map((worker) => worker.terminate()));
  }

  async #at(where: string, work: () => Promise<unknown>): Promise<void> {
    const timer = new AbortController();
    const never = new Promise<never>((_, reject) => {
      const late = setTimeout(() => reject(new Wrong('it has not ended in time')), NEVER);
      timer.signal.addEventListener('abort', () => clearTimeout(late));
    });
    try {
      await Promise.race([work(), never]);
      if (this.#failure) throw new Wrong(this.#failure);
    } catch (error) {
      if (error instanceof Wrong) throw new Wrong(`${where}: ${error.message}`);
      throw new Wrong(`${where}: ${(error as Error)?.stack ?? error}`);
    } finally {
      timer.abort();
    }
  }

  async #do(step: Step): Promise<unknown> {
    if ('actor' in step && step.do !== 'join' && !this.#can(step)) return;
    switch (step.do) {
      case 'join':
        return this.#join(step);
      case 'record':
        return this.#record(step);
      case 'set':
        this.#gauges.set(step.actor, this.#isSureOf(step.actor) ? step.amount : undefined);
        return this.#tell(step.actor, 'set', { name: 'g', amount: step.amount });
      case 'erase':
        return this.#erase(step);
      case 'flush':
        return this.#flush(step.actor);
      case 'block':
        this.#busy.add(step.actor);
        return this.#threads.get(step.actor)!.block();
      case 'release':
        this.#busy.delete(step.actor);
        return this.#threads.get(step.actor)!.release();
      case 'shutdown':
      case 'terminate':
        return this.#endThread(step.actor, step.do);
      case 'kill': {
        const killed = this.#owner.kill();
        this.#kills.push(killed);
        return step.awaited ? killed : undefined;
      }
      case 'pause':
        for (let turn = 0; turn < step.turns; turn++) await new Promise(setImmediate);
        return;
      case 'scrape':
        return this.#check(await this.#scrape(this.#owner.collector), (total) => total.now());
      case 'settle':
        return this.#settle();
    }
  }

  /** A busy thread answers nobody. It can be released, and be ended from outside. */
  #can({ do: what, actor }: Extract<Step, { actor: number }>): boolean {
    if (actor === OWNER) return true;
    if (!this.#threads.has(actor)) return false;
    const isBusy = this.#busy.has(actor);
    if (what === 'flush' || what === 'shutdown') return !isBusy && !this.#waitsForBusy(actor);
    return what === 'terminate' || (what === 'release' ? isBusy : !isBusy);
  }

  /** A busy thread may not have handed over the port that it has made. */
  #waitsForBusy(actor: number): boolean {
    const maker = this.#made.get(actor);
    return maker !== undefined && (this.#busy.has(maker) || this.#waitsForBusy(maker));
  }

  async #join({ actor, over, link }: StepOf<'join'>): Promise<void> {
    const parent = this.#threads.get(over);
    if (over !== OWNER && (!parent || this.#busy.has(over))) return;
    const thread = parent ? await parent.nested(link) : this.#owner.join(link);
    this.#threads.set(actor, thread);
    if (parent) this.#made.set(actor, over);
    thread.worker.on('error', (error) => {
      this.#failure ??= `thread ${actor} failed: ${error.stack}`;
    });
  }

  #record({ actor, kind, n, amount }: StepOf<'record'>): Promise<void> {
    this.#totals.get(`${SAMPLES[kind][0]} ${n}`)!.record(actor, kind === 'counter' ? amount : 1);
    if (kind === 'histogram') this.#totals.get(`h_sum ${n}`)!.record(actor, amount);
    return this.#tell(actor, 'record', { type: kind, name: NAMES[kind], n, amount });
  }

  #erase({ actor, what, kind, n }: StepOf<'erase'>): Promise<void> {
    const isAll = what === 'all';
    for (const [key, total] of this.#totals) {
      const isOfFamily = SAMPLES[kind].some((sample) => key.startsWith(`${sample} `));
      const isOne = isOfFamily && (what !== 'remove' || key.endsWith(` ${n}`));
      if (isAll || isOne) total.erase(actor, this.#joined);
    }
    if (isAll) {
      for (const thread of this.#gauges.keys()) this.#gauges.set(thread, undefined);
      this.#resetters.add(actor);
    }
    if (isAll) return this.#tell(actor, 'reset', {});
    return this.#tell(actor, what, { type: kind, name: NAMES[kind], n });
  }

  async #flush(actor: number): Promise<FlushOutcome | undefined> {
    const outcome = await this.#tell<FlushOutcome>(actor, 'flush', {});
    if (!outcome) throw new Wrong(`flush() of ${actor} has not ended: ${this.#failure}`);
    this.#made.delete(actor);
    this.#joined.add(actor);
    // Otherwise it promises nothing, for example about threads that are busy.
    const reached = outcome.collected ? new Set([actor, ...this.#joined]) : [];
    for (const total of this.#totals.values()) {
      for (const one of reached) total.confirm(one);
    }
    return outcome;
  }

  async #endThread(actor: number, how: 'shutdown' | 'terminate'): Promise<void> {
    const thread = this.#threads.get(actor)!;
    if (how === 'shutdown') await thread.ask('shutdown');
    else await thread.terminate();
    for (const total of this.#totals.values()) {
      if (how === 'shutdown') total.confirm(actor);
      else total.doubt(actor);
    }
    this.#threads.delete(actor);
    this.#busy.delete(actor);
    this.#gauges.delete(actor);
    this.#made.delete(actor);
    this.#ended.push(thread);
    // A port is lost with the thread that has made it, if that ends before it could hand it over.
    for (const [made, by] of [...this.#made]) {
      if (by === actor && how === 'terminate') await this.#endThread(made, how);
    }
  }

  #tell<T = void>(actor: number, what: string, details: Told): Promise<T> {
    const thread = this.#threads.get(actor);
    if (thread) return thread.ask<T>(what, details);
    return tellOwner(this.#owner.collector, this.#metrics, what, details) as Promise<T>;
  }

  /** Waits until nothing is under way. Then each total is what it must be. */
  async #settle(): Promise<void> {
    const { collector } = this.#owner;
    for (const actor of this.#busy) this.#threads.get(actor)!.release();
    this.#busy.clear();
    await Promise.all(this.#kills);
    const actors = [...this.#threads.keys(), OWNER];
    // First they report what they have erased, then they hear of what others have.
    for (let round = 0; round < 2; round++) {
      await Promise.all(actors.map((actor) => this.#flush(actor)));
    }
    let outcome = await collector.flush();
    const threads = async () => (await this.#ask(() => collector.diagnostics())).threads;
    while ((await threads()) !== actors.length || !outcome.collected) {
      if (this.#failure) throw new Wrong(this.#failure);
      await new Promise(setImmediate);
      outcome = await collector.flush();
    }
    const samples = await this.#scrape(collector);
    this.#check(samples, (total) => total.quiet());
    for (const [key, total] of this.#totals) total.settle(samples.get(key) ?? 0);
    this.#checkGauge(samples);
    this.#resetters.clear();
  }

  /** Otherwise it may hear of a reset later, and then reset what it has set. */
  #isSureOf(actor: number): boolean {
    return [...this.#resetters].every((resetter) => resetter === actor);
  }

  #checkGauge(samples: ReadonlyMap<string, number>): void {
    const values = [...this.#gauges.values()];
    if (values.includes(undefined)) return;
    const wanted = values.reduce<number>((all, value) => all + value!, 0);
    const shown = samples.get('g x') ?? 0;
    if (shown !== wanted) throw new Wrong(`g x is ${shown}, not ${wanted}`);
  }

  /** Checks what is there in the next life of the application. */
  async #restart(): Promise<void> {
    const { quiet } = this.#program;
    const { collector } = this.#owner;
    if (!quiet) await this.#flush(OWNER);
    await collector.shutdown();
    if (!this.#options.persist) return;
    const next = new TelemetryCollector({ link: 'inline', ...this.#options });
    register(next);
    try {
      this.#check(await this.#scrape(next), (total) => (quiet ? total.quiet() : total.now()));
    } finally {
      await next.shutdown();
    }
  }

  /** A call to a worker that dies is refused, and is made again to the next one. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await question();
      } catch (error) {
        if (!(error instanceof TelemetryError) || error.code !== 'worker_failed') throw error;
      }
    }
  }

  async #scrape(collector: TelemetryCollector): Promise<Map<string, number>> {
    const { samples } = parseText(await this.#ask(() => formatPrometheus(collector)));
    return new Map(samples.map(({ name, labels, value }) => [`${name} ${labels.n}`, value]));
  }

  #check(samples: ReadonlyMap<string, number>, boundsOf: (total: AllowedTotal) => Bounds): void {
    for (const [key, total] of this.#totals) {
      const value = samples.get(key) ?? 0;
      const { low, high } = boundsOf(total);
      if (value < low || value > high) {
        const allowed = low === high ? `${low}` : `from ${low} to ${high}`;
        throw new Wrong(`${key} is ${value}, and should be ${allowed}`);
      }
      total.wasShown(value);
    }
  }
}

interface Told {
  readonly type?: Kind;
  readonly name?: string;
  readonly n?: string;
  readonly amount?: number;
}

/** These are the definitions of thread-program.mjs. */
function register(collector: TelemetryCollector) {
  const labelNames = ['n'] as const;
  return {
    counter: collector.registerCounter('a_total', '', { labelNames }),
    histogram: collector.registerHistogram('h', '', { labelNames, buckets: [10, 50] }),
    gauge: collector.registerGauge('g', '', { labelNames }),
  };
}

/** Does what a thread does in thread-program.mjs. */
async function tellOwner(
  collector: TelemetryCollector,
  { counter, histogram, gauge }: ReturnType<typeof register>,
  what: string,
  { type, name, n = 'x', amount = 0 }: Told,
): Promise<FlushOutcome | undefined> {
  const metric = type === 'histogram' ? histogram : counter;
  if (what === 'flush') return collector.flush();
  if (what === 'record' && type === 'counter') counter.increment(amount, { n });
  else if (what === 'record') histogram.observe(amount, { n });
  else if (what === 'set') gauge.set(amount, { n });
  else if (what === 'remove') metric.remove({ n });
  else if (what === 'clear') metric.clear();
  else if (name) metric.reset();
  else collector.resetAllMetrics();
  return undefined;
}
