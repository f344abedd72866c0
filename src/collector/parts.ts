import { type MetricFamily, type Snapshot, textOf } from '../model.ts';
import type { Clock } from '../platform/clock.ts';
import type { Part, PartConfig, PartHost, PartModule } from '../protocol/feature.ts';
import type { PartStates } from '../protocol/handover.ts';
import { soundFamilies } from './added-families.ts';
import { MAX_STATE } from './part-state.ts';
import type { CollectorServices } from './services.ts';

/** How long the code of a part may take to load. Seconds. */
const LOAD_DEADLINE = 10;

interface Host extends Pick<PartHost, 'clock' | 'read' | 'fail'> {
  /** Resolves when the owner has what a successor would need. */
  kept(): Promise<void>;
}

/** The parts of the features that the application uses, beside one collector. */
export class Parts {
  readonly #host: Host;
  readonly #parts = new Map<string, Part>();

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * Loads and starts them, in order. One that does not start is counted and left out.
   * @param mayEndHere whether one whose code cannot be had is left out, too: there is nowhere else to go
   * @throws Error otherwise, so that the collector goes where it can be had
   */
  async open(
    configs: readonly PartConfig[],
    load: CollectorServices['loadPart'],
    mayEndHere: boolean,
  ): Promise<void> {
    const loading = configs.map((config) => loaded(config, load, this.#host.clock));
    // The first that fails is told of; no other may end the process.
    for (const one of loading) one.catch(() => {});
    const modules = mayEndHere ? undefined : await Promise.all(loading);
    for (const [i, { name, config }] of configs.entries()) {
      try {
        const module = modules?.[i] ?? (await loading[i]!);
        this.#parts.set(name, await module.start(this.#hostOf(), config as never));
      } catch (error) {
        this.#failed(name, error);
      }
    }
  }

  /** Whether any is to see what a collection run has brought. */
  get areSampled(): boolean {
    return [...this.#parts.values()].some((part) => typeof part.sampled === 'function');
  }

  sampled(snapshot: Snapshot): void {
    this.#each((part) => part.sampled?.(snapshot));
  }

  /** The snapshot with what the parts add to it. */
  added(snapshot: Snapshot, labels: MetricFamily['labels']): Snapshot {
    const families = [...snapshot.families];
    this.#each((part) => {
      const { sound, refused } = soundFamilies(part.adds?.() ?? [], families, labels);
      families.push(...sound);
      if (refused) throw new Error(refused);
    });
    return { ...snapshot, families };
  }

  /** What the application asks of a part. What the part has changed by it survives the worker. */
  async call(name: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const part = this.#parts.get(name);
    if (!part) throw new Error(`the feature "${name}" is not running`);
    const calls = part.calls ?? {};
    const called = Object.hasOwn(calls, method) ? calls[method] : undefined;
    if (typeof called !== 'function') {
      throw new Error(`the feature "${name}" has no call "${method}"`);
    }
    const answer = await called.apply(calls, args as never[]);
    if (part.keeps) await this.#host.kept();
    return answer;
  }

  /** Resolves to what has failed, in words. */
  async flush(): Promise<string[]> {
    return this.#everyOne((part) => part.flush?.());
  }

  async close(): Promise<void> {
    await this.#everyOne((part) => part.close?.());
  }

  get states(): PartStates {
    const states: (readonly [string, string])[] = [];
    this.#each((part, name) => {
      const state = part.keeps?.write();
      if (state === undefined) return;
      if (typeof state !== 'string' || state.length > MAX_STATE) {
        throw new TypeError(`what it keeps must be a text of at most ${MAX_STATE} characters`);
      }
      states.push([name, state]);
    });
    return states;
  }

  restore(states: PartStates): void {
    const known = new Map(states);
    this.#each((part, name) => {
      const state = known.get(name);
      if (state !== undefined) part.keeps?.restore(state);
    });
  }

  #hostOf(): PartHost {
    const { clock, read, fail } = this.#host;
    return {
      clock,
      read,
      fail,
      part: <T extends Part>(name: string) => this.#parts.get(name) as T | undefined,
    };
  }

  /** Whatever one throws, the others are called. */
  #each(call: (part: Part, name: string) => void): void {
    for (const [name, part] of this.#parts) {
      try {
        call(part, name);
      } catch (error) {
        this.#failed(name, error);
      }
    }
  }

  async #everyOne(call: (part: Part) => Promise<void> | undefined): Promise<string[]> {
    const outcomes = [...this.#parts].map(async ([name, part]) => {
      try {
        await call(part);
        return [];
      } catch (error) {
        this.#failed(name, error);
        return [`the feature ${name}: ${textOf(error)}`];
      }
    });
    return (await Promise.all(outcomes)).flat();
  }

  #failed(name: string, error: unknown): void {
    this.#host.fail('feature', `the feature "${name}" failed: ${textOf(error)}`);
  }
}

async function loaded(
  part: PartConfig,
  load: CollectorServices['loadPart'],
  clock: Clock,
): Promise<PartModule> {
  let module: PartModule | undefined;
  const loading = load(part).then((found) => {
    module = found;
  });
  await clock.within(LOAD_DEADLINE, loading);
  // What it was rejected with.
  if (!module) await Promise.race([loading, undefined]);
  if (typeof module?.start !== 'function' || module.name !== part.name) {
    throw new Error(`the code of the feature "${part.name}" is not there`);
  }
  return module;
}
