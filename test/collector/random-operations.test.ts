/**
 * Random operations of one to three threads, against a model of plain maps. What is exposed must be what the
 * model says, however the threads and the collector meet.
 */

import fc from 'fast-check';
import {
  type Counter,
  formatPrometheus,
  type Histogram,
  TelemetryCollector,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { LINKS } from '../collectors.ts';
import { parseText } from '../formats/text-parser.ts';

/** The methods that are called, whichever of the three kinds of metric it is. */
type EveryMetric = Pick<Counter, 'increment' | 'remove' | 'reset'> & Pick<Histogram, 'observe'>;

type Family = 'plain_total' | 'a_total' | 'g' | 'h';

/**
 * The series by label value, with what each thread holds of them. The counts of threads that left are `gone`.
 */
type Series = Map<string, Map<string, number>>;
const GONE = 'gone';

class Model {
  readonly families = new Map<Family, Series>();

  open(family: Family, thread: string): void {
    if (!this.families.has(family)) this.families.set(family, new Map());
    if (family === 'plain_total') this.record(family, '', thread, 0);
  }

  record(family: Family, label: string, thread: string, amount: number): void {
    const series = this.families.get(family)!;
    const held = series.get(label) ?? new Map<string, number>();
    series.set(label, held.set(thread, (held.get(thread) ?? 0) + amount));
  }

  /** Resets the family. What nobody records any more is forgotten. */
  reset(family: Family): void {
    for (const [label, held] of this.families.get(family) ?? []) {
      held.delete(GONE);
      for (const thread of held.keys()) held.set(thread, 0);
      if (held.size === 0) this.families.get(family)!.delete(label);
    }
  }

  leave(thread: string): void {
    for (const [family, series] of this.families) {
      for (const [label, held] of series) {
        const value = held.get(thread);
        if (value === undefined) continue;
        held.delete(thread);
        if (family !== 'g') held.set(GONE, (held.get(GONE) ?? 0) + value);
        if (held.size === 0) series.delete(label);
      }
    }
  }

  /** Returns the value over all threads by `family label`. */
  exposed(): Record<string, number> {
    const entries: [string, number][] = [];
    for (const [family, series] of this.families) {
      for (const [label, held] of series) {
        const value = [...held.values()].reduce((sum, one) => sum + one, 0);
        entries.push([`${family} ${label}`, value]);
      }
    }
    return Object.fromEntries(entries);
  }
}

const families = ['plain_total', 'a_total', 'g', 'h'] as const;
const thread = fc.nat({ max: 2 });
const family = fc.constantFrom(...families);
const label = fc.constantFrom('x', 'y', '"z"\\');
const amount = fc.nat({ max: 100 });

/** Most operations record, as applications do. Each of the others comes from time to time. */
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('register' as const), thread, family }) },
  {
    weight: 10,
    arbitrary: fc.record({ what: fc.constant('record' as const), thread, family, label, amount }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('remove' as const), thread, family, label }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('unregister' as const), thread, family }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('reset' as const), thread, family }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('resetAll' as const), thread }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('leave' as const), thread }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('scrape' as const), thread }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

class Threads {
  readonly model = new Model();
  readonly #all: TelemetryCollector[];
  readonly #names: string[];
  readonly #join: () => TelemetryCollector;
  #joined = 0;

  constructor(link: (typeof LINKS)[number], joined: 'shared' | 'message', count: number) {
    const main = new TelemetryCollector({ link });
    this.#join = () => TelemetryCollector.connect(main.createPort(), { link: joined });
    this.#all = [main, ...Array.from({ length: count - 1 }, () => this.#join())];
    this.#names = this.#all.map(() => this.#newName());
  }

  /** Resolves when each thread has heard of all that the others did. */
  async settle(): Promise<void> {
    for (const one of this.#all) await one.flush();
    await Promise.all(this.#all.map((one) => one.diagnostics()));
  }

  async run(operation: Operation): Promise<void> {
    const at = operation.thread % this.#all.length;
    const one = this.#all[at];
    const name = this.#names[at];
    const { model } = this;
    switch (operation.what) {
      case 'scrape':
        return this.check(one);
      case 'leave':
        // The first thread owns the collector.
        if (at === 0) return;
        await one.shutdown();
        model.leave(name);
        this.#all[at] = this.#join();
        this.#names[at] = this.#newName();
        return this.settle();
      case 'resetAll':
        one.resetAllMetrics();
        for (const each of families) model.reset(each);
        return this.settle();
    }
    const { family } = operation;
    const metric = one.getMetric(family) as unknown as EveryMetric | undefined;
    if (operation.what === 'register') {
      if (metric) return;
      register(one, family);
      model.open(family, name);
      return this.settle();
    }
    if (!metric) return;
    if (operation.what === 'record') {
      const label = family === 'plain_total' ? '' : operation.label;
      const labels = family === 'plain_total' ? undefined : { label };
      if (family === 'h') metric.observe(operation.amount, labels);
      else metric.increment(operation.amount, labels);
      model.record(family, label, name, operation.amount);
      return;
    }
    if (operation.what === 'reset') {
      metric.reset();
      model.reset(family);
    } else if (operation.what === 'unregister') {
      one.unregister(family);
      model.families.delete(family);
    } else if (family !== 'plain_total') {
      metric.remove({ label: operation.label });
      model.families.get(family)!.delete(operation.label);
    }
    return this.settle();
  }

  async check(reader = this.#all[0]): Promise<void> {
    const { samples } = parseText(await formatPrometheus(reader));
    const application = samples.filter(({ name }) => !/^telemetry_|_bucket$|_count$/.test(name));
    const exposed = application.map(({ name, labels, value }) => [
      `${name.replace(/_sum$/, '')} ${labels.label ?? ''}`,
      value,
    ]);
    expect(Object.fromEntries(exposed)).toEqual(this.model.exposed());
    expect(application).toHaveLength(Object.keys(this.model.exposed()).length);
  }

  async end(): Promise<void> {
    for (const one of this.#all.reverse()) await one.shutdown();
  }

  #newName(): string {
    return `thread ${this.#joined++}`;
  }
}

function register(collector: TelemetryCollector, family: Family): void {
  const labelNames = ['label'];
  if (family === 'plain_total') collector.registerCounter(family);
  else if (family === 'a_total') collector.registerCounter(family, '', { labelNames });
  else if (family === 'g') collector.registerGauge(family, '', { labelNames });
  else collector.registerHistogram(family, '', { labelNames, buckets: [10, 50] });
}

async function check(
  link: (typeof LINKS)[number],
  joined: 'shared' | 'message',
  count: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 20, maxLength: 60 }), async (operations) => {
      const threads = new Threads(link, joined, count);
      try {
        await threads.settle();
        for (const operation of operations) await threads.run(operation);
        await threads.check();
      } finally {
        await threads.end();
      }
    }),
    { numRuns: 8 },
  );
}

describe.each(LINKS)('random operations, %s link', (link) => {
  it('of one thread do what a plain map would', () => check(link, 'shared', 1));

  it.each(['shared', 'message'] as const)(
    'of three threads that joined by %s link do what a plain map would',
    (joined) => check(link, joined, 3),
  );
});
