/** Adds a kind of metric from outside the library, by its contracts and an entry in a collector's list. */
import { MessageChannel } from 'node:worker_threads';
import { TelemetryError } from 'utilityfog-telemetry';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { OwnerSession } from '../../src/collector/sessions.ts';
import { BoundSeries } from '../../src/kinds/bound-series.ts';
import { recordingCounter } from '../../src/kinds/counter/recording.ts';
import { optionsWith } from '../../src/kinds/definition.ts';
import { blocksOf, type Kind, kindsOf, type ReadingKind } from '../../src/kinds/kind.ts';
import type { LabelSet } from '../../src/kinds/labels.ts';
import { Metric } from '../../src/kinds/metric.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import type { MetricOptions, RecordingKind } from '../../src/kinds/recording-kind.ts';
import { attachMemory } from '../../src/links/attached-memory.ts';
import { THREAD_CALLS } from '../../src/links/client-calls.ts';
import { recordCollected } from '../../src/links/collected-values.ts';
import { directLink } from '../../src/links/direct-link.ts';
import { exchangeCalls } from '../../src/links/guarded-endpoint.ts';
import type { LinkOwner } from '../../src/links/link.ts';
import { Registry } from '../../src/metrics/registry.ts';
import { ThreadMemory } from '../../src/pages/thread-memory.ts';
import { readCell } from '../../src/pages/thread-reader.ts';
import type { ThreadClient } from '../../src/protocol/client.ts';
import type { ThreadService } from '../../src/protocol/service.ts';
import { assembledCollector } from '../collector/assembled-collector.ts';
import { makeFolder } from '../folder.ts';

/** Times of `below` seconds and more are not recorded. */
type FastestShape = { readonly below: number };

/**
 * The shortest time that was ever taken. It does not add up: the least over all threads and over what was
 * kept counts. A cell of 0 means that nothing was recorded.
 */
const fastestKind: Kind<FastestShape> = {
  type: 'fastest',
  reserved: () => ['pace'],
  occupies: (name) => [`${name}_record`],
  cells: () => 1,
};

class BoundFastest extends BoundSeries {
  finish(seconds: number): void {
    const least = this.cells[this.index]!;
    if (least === 0 || seconds < least) this.cells[this.index] = seconds;
  }
}

class Fastest<N extends string = string> extends Metric<N, BoundFastest, 'fastest'> {
  finish(seconds: number, labels?: LabelSet<N>): void {
    if (seconds >= (this.definition.shape as FastestShape).below) return;
    (labels === undefined ? this.single : this.index.find(labels)).finish(seconds);
  }

  protected override bind(): BoundFastest {
    return new BoundFastest(this);
  }
}

interface FastestOptions extends MetricOptions {
  readonly below?: number | undefined;
}

const fastest: RecordingKind<Fastest, FastestShape> = {
  ...fastestKind,
  options: optionsWith('below'),
  shape(name, { below = Infinity }: FastestOptions) {
    if (below > 0) return { below: Math.min(below, 1e9) };
    throw new TelemetryError('invalid_option', `${name}: below must be more than 0`);
  },
  metric: Fastest,
};

const least = (a: number, b: number) => (a === 0 ? b : b === 0 ? a : Math.min(a, b));
const isTime = (value: number) => value >= 0 && value < Infinity;

const fastestReading: ReadingKind<FastestShape> = {
  ...fastestKind,
  data: () => ({ data: 'number' }),
  read({ threads, retainedBlocks, overflow }, values, _width, from, to) {
    for (let series = from; series < to; series++) {
      let shown = retainedBlocks[series]?.[0] ?? 0;
      for (const thread of threads) {
        for (const address of blocksOf(thread, series, series === overflow)) {
          const value = readCell(thread.reader, address, 0);
          shown = least(shown, thread.sound?.(value, 0) ?? value);
        }
      }
      values[series] = shown;
    }
  },
  retain: (before, block) => block.map((value, i) => least(value, before?.[i] ?? 0)),
  claims: {
    shape: ({ below }) => (typeof below === 'number' && below > 0 ? { below } : undefined),
    isCell: isTime,
    isRetained: (block) => block.every(isTime),
    since: (before, now) => (now[0] === before[0] ? undefined : now),
  },
};

const KINDS = kindsOf([...READING_KINDS.values(), fastestReading]);

const collectorWith = (kinds = KINDS, persist?: { name: string; directory: string }) =>
  assembledCollector({ kinds, persist });

function registryOf(): Registry {
  return new Registry({
    shared: true,
    seriesLimit: 5,
    logger: { warn() {}, error() {} },
    onRegister() {},
    onErasure() {},
    sendExemplars: () => undefined,
    after: () => () => {},
  });
}

/** Resolves to the registry of a thread that records for whoever offers `service`, as a worker does. */
async function thread(service: ThreadService, main = false): Promise<Registry> {
  const registry = registryOf();
  const memory = new ThreadMemory(registry.cells);
  const events = () => ({ eventsSent: 0 });
  const owner = { memory, main, events, welcomed() {}, refused() {} } as unknown as LinkOwner;
  const channel = { service, fail() {}, close() {} };
  attachMemory(registry, memory, directLink('shared', channel as never, owner));
  await service.arrived();
  return registry;
}

let threads = 0;

/** Resolves to the registry of another thread of the same collector, and to what that may call. */
async function joined(session: OwnerSession) {
  const { port1, port2 } = new MessageChannel();
  const nothing = async () => {};
  const client: ThreadClient = {
    refresh: async () => false,
    collected: nothing,
    expire: nothing,
    collectionRan: nothing,
    exportDue: async () => false,
    exportHeaders: async () => ({}),
    exported: nothing,
    sendEvents: nothing,
    erase: nothing,
  };
  let service!: ThreadService;
  exchangeCalls<ThreadService, ThreadClient>(port2 as never, THREAD_CALLS, (remote) => {
    service = remote;
    return client;
  });
  onTestFinished(() => port2.close());
  await session.acceptPort(port1 as never, ++threads);
  return { service, registry: await thread(service) };
}

async function textOf(session: OwnerSession): Promise<string> {
  return new TextDecoder().decode((await session.render({ format: 'prometheus' })).body);
}

const lap = (registry: Registry) =>
  registry.register(fastest, 'lap_seconds', 'The fastest lap', { labelNames: ['car'] });

describe('a kind from outside', () => {
  it('is recorded by several threads and read as one', async () => {
    const { session } = await collectorWith();
    const one = lap(await thread(session, true));
    const two = lap((await joined(session)).registry);
    one.finish(71, { car: 'a' });
    one.finish(70, { car: 'a' });
    two.finish(69.5, { car: 'a' });
    two.finish(80, { car: 'b' });
    const text = await textOf(session);
    expect(text).toContain('# HELP lap_seconds The fastest lap\n# TYPE lap_seconds untyped\n');
    expect(text.match(/^lap_seconds.*$/gm)).toEqual([
      'lap_seconds{car="a"} 69.5',
      'lap_seconds{car="b"} 80',
    ]);
    expect(await session.snapshot()).toMatchObject({
      metrics: { lap_seconds: [{ value: 69.5, labels: { car: 'a' } }, { value: 80 }] },
    });
  });

  it('keeps what an ended thread has left, and folds what has no room', async () => {
    const { session } = await collectorWith();
    const own = lap(await thread(session, true));
    own.finish(50, { car: '0' });
    const { service, registry } = await joined(session);
    const two = lap(registry);
    for (let car = 0; car < 8; car++) two.finish(40 + car, { car: `${car}` });
    await service.leave();
    own.finish(45, { car: '0' });
    const three = await joined(session);
    lap(three.registry).finish(41, { car: '0' });
    await three.service.leave();
    expect((await textOf(session)).match(/^lap_seconds.*$/gm)).toEqual([
      'lap_seconds{car="0"} 40',
      ...[1, 2, 3, 4].map((car) => `lap_seconds{car="${car}"} ${40 + car}`),
      'lap_seconds{otel_metric_overflow="true"} 45',
    ]);
  });

  it('loses what a thread had before others reset it, if the thread ends without doing so', async () => {
    const { session } = await collectorWith();
    const own = lap(await thread(session, true));
    const { service, registry } = await joined(session);
    const two = lap(registry);
    two.finish(40, { car: 'a' });
    two.finish(50, { car: 'b' });
    await service.drain();
    own.reset();
    await session.reset({ what: 'reset', family: 'lap_seconds' });
    own.finish(60, { car: 'a' });
    own.finish(60, { car: 'b' });
    two.finish(45, { car: 'b' });
    await service.leave();
    expect((await textOf(session)).match(/^lap_seconds.*$/gm)!.sort()).toEqual([
      'lap_seconds{car="a"} 60',
      'lap_seconds{car="b"} 45',
    ]);
  });

  it('comes back after a restart, where its shape is the same', async () => {
    const persist = { name: 'app', directory: await makeFolder() };
    const record = async (seconds: number, below?: number) => {
      const { session, log } = await collectorWith(KINDS, persist);
      const registry = await thread(session, true);
      const metric = registry.register(fastest, 'lap_seconds', '', { below } as MetricOptions);
      metric.finish(seconds);
      const text = await textOf(session);
      await session.shutdown();
      expect(log).toEqual([]);
      return /^lap_seconds (.*)$/m.exec(text)?.[1];
    };
    expect(await record(40)).toBe('40');
    expect(await record(50)).toBe('40');
    expect(await record(30)).toBe('30');
    expect(await record(50, 60)).toBe('50');
  });

  it('says which options, labels and names it takes', async () => {
    const registry = registryOf();
    const register = (name: string, options: FastestOptions = {}) =>
      registry.register(fastest, name, '', options);
    expect(() => register('a', { below: 0 })).toThrow('a: below must be more than 0');
    expect(() => register('a', { labelNames: ['pace'] })).toThrow('reserved label name');
    register('lap');
    expect(() => registry.register(recordingCounter, 'lap_record', '', {})).toThrow(
      'lap_record and lap write the same samples',
    );
    registry.register(recordingCounter, 'race_record', '', {});
    expect(() => register('race')).toThrow('race and race_record write the same samples');
    registry.unregister('lap');
    registry.register(recordingCounter, 'lap_record', '', {});
  });

  it('takes nothing of what a callback returns unless it says what that would be', () => {
    const metric = lap(registryOf());
    expect(recordCollected(metric, [{ value: 5, labels: { car: 'a' } }])).toEqual({
      refused: [['invalid_value', expect.stringContaining('the callback must record by itself')]],
      recorded: 0,
    });
  });

  it('is refused where a thread writes what it cannot be', async () => {
    const { session, log } = await collectorWith();
    await thread(session, true);
    const { registry } = await joined(session);
    const metric = registry.register(fastest, 'lap_seconds', '', {});
    metric.finish(-5);
    expect(await textOf(session)).toContain('\nlap_seconds 0\n');
    expect(log.join()).toContain('has counts that are none');
  });

  it('is told of once where the owner defines it otherwise than a thread that has joined', async () => {
    const { session, log } = await collectorWith();
    const owner = await thread(session, true);
    const { registry, service } = await joined(session);
    registry.register(fastest, 'lap', '', { below: 5 } as MetricOptions);
    await service.drain();
    owner.register(fastest, 'lap', '', { below: 6 } as MetricOptions);
    const text = await textOf(session);
    expect(text).toContain('telemetry_errors_total{reason="definition_conflict"} 1');
    expect(log.filter((line) => line.includes('lap'))).toHaveLength(1);
  });

  it('is nothing that a collector can read which does not know it', async () => {
    const { session, log } = await collectorWith(READING_KINDS);
    const registry = await thread(session, true);
    registry.register(recordingCounter, 'jobs_total', '', {}).increment();
    lap(registry).finish(5, { car: 'a' });
    const text = await textOf(session);
    expect(text).toContain('jobs_total 1');
    expect(text).toContain('telemetry_errors_total{reason="unknown_kind"} 1');
    expect(text).not.toContain('lap_seconds');
    expect(log.join()).toContain('"fastest"');
  });
});
