import type { AskForHeaders } from '../delivery/plan-headers.ts';
import type { Kinds } from '../kinds/kind.ts';
import type { NameRule } from '../kinds/names.ts';
import { type MetricFamily, type Snapshot, textOf } from '../model.ts';
import type {
  Part,
  PartBody,
  PartConfig,
  PartDelivery,
  PartHost,
  PartModule,
} from '../protocol/feature.ts';
import type { PartStates } from '../protocol/handover.ts';
import type { ExportPlan } from '../protocol/requests.ts';
import { soundFamilies } from './added-families.ts';
import { KeptStates } from './kept-states.ts';
import type { CollectorServices } from './services.ts';

/**
 * How many seconds a part may take to load, to start, to flush and to close. The collector does not wait
 * longer.
 */
const DEADLINE = 10;

interface Host
  extends Pick<PartHost, 'clock' | 'read' | 'fail' | 'hook' | 'event' | 'blobs' | 'outbox'> {
  readonly loadPart: CollectorServices['loadPart'];
  /** Sends a request. @param headers asks the application for headers, if the plan says that it needs some */
  deliver(
    plan: ExportPlan,
    body: PartBody,
    headers: AskForHeaders,
    isLast?: boolean,
  ): Promise<PartDelivery>;
  /** Asks the application's side of a feature. */
  ask(part: string, question: string): Promise<unknown>;
  readonly kinds: Kinds;
  /** Which names the families may have that parts add; `legacy` unless given. */
  readonly nameRule?: NameRule | undefined;
  /** Resolves when the owner has what a successor would need. */
  kept(): Promise<void>;
  /** Whether the collector is in the application's thread. Then nothing is copied on the way to it. */
  readonly isHere: boolean;
}

/** The parts of the features that the application uses, beside one collector. */
export class Parts {
  readonly #host: Host;
  readonly #parts = new Map<string, Part>();
  /** The names of those that run or start. */
  readonly #begun = new Set<string>();
  readonly #kept: KeptStates;
  /** What parts have asked for later. */
  readonly #later = new Map<string, Promise<Part>>();

  /** @param states what the parts of the collector before this one kept */
  constructor(host: Host, states: PartStates) {
    this.#host = host;
    this.#kept = new KeptStates(states);
  }

  /**
   * Loads and starts the parts, in order. One that does not start is counted and left out.
   * @throws Error when the code of a part cannot be had in this worker, so that the collector goes where it
   *   can
   */
  async open(given: readonly PartConfig[]): Promise<void> {
    const configs = given.filter(({ name }) => !this.#begun.has(name));
    const loading = configs.map((config) => this.#loaded(config));
    // Only the first failure is told of. The others must not end the process as unhandled rejections.
    for (const one of loading) one.catch(() => {});
    const modules = this.#host.isHere ? undefined : await Promise.all(loading);
    for (const [i, { name, config, later }] of configs.entries()) {
      // RACE: another call may have begun it while its code was loading.
      if (this.#begun.has(name)) continue;
      this.#begun.add(name);
      try {
        const { start } = modules?.[i] ?? (await loading[i]!);
        const starting = async () =>
          start(this.#hostOf(name, later), this.#copied(config) as never);
        const part = await this.#inTime(starting(), 'started');
        this.#parts.set(name, part ?? {});
        if (part?.keeps) for (const state of this.#kept.taken(name)) part.keeps.restore(state);
      } catch (error) {
        this.#failed(name, error);
      }
    }
  }

  /** Loads and starts a part that another one has for later. @throws Error when it cannot be had */
  async #load(of: string, config: PartConfig | undefined): Promise<Part> {
    if (!config) throw new Error(`the feature "${of}" has no such part for later`);
    const { name } = config;
    try {
      await this.open([config]);
    } catch {
      const text = this.#host.ask(of, name) as Promise<string | undefined>;
      await this.open([{ ...config, text: await this.#inTime(text, 'loaded') }]);
    }
    const part = this.#parts.get(name);
    if (part) return part;
    this.#begun.delete(name);
    throw new Error(`the part "${name}" does not run`);
  }

  has(name: string): boolean {
    return this.#parts.has(name);
  }

  /** Whether any part wants to see what a collection run has brought. */
  get areSampled(): boolean {
    let areSampled = false;
    this.#each((part) => {
      areSampled ||= typeof part.sampled === 'function';
    });
    return areSampled;
  }

  sampled(snapshot: Snapshot): void {
    const families = snapshot.families.filter(({ isDerived }) => !isDerived);
    this.#each((part) => part.sampled?.({ ...snapshot, families }));
  }

  /** Returns the snapshot with what the parts add to it. */
  added(snapshot: Snapshot, labels: MetricFamily['labels']): Snapshot {
    const families = [...snapshot.families];
    this.#each((part) => {
      const { sound, refused } = soundFamilies(
        part.adds?.() ?? [],
        families,
        labels,
        this.#host.kinds,
        this.#host.nameRule ?? 'legacy',
      );
      families.push(...sound);
      if (refused) throw new Error(refused);
    });
    return { ...snapshot, families };
  }

  /** Makes a call of the application to a part. What the part has changed by it survives the worker. */
  async call(name: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const part = this.#parts.get(name);
    if (!part) throw new Error(`the feature "${name}" is not running`);
    const calls = part.calls ?? {};
    const called = Object.hasOwn(calls, method) ? calls[method] : undefined;
    if (typeof called !== 'function') {
      throw new Error(`the feature "${name}" has no call "${method}"`);
    }
    const answer = await called.apply(calls, this.#copied(args) as never[]);
    if (part.keeps) await this.#host.kept();
    return this.#copied(answer);
  }

  /** Gives a part what a thread has recorded for it. @returns what the part answers; `undefined` if it does not run */
  take(name: string, batch: unknown): unknown {
    return this.#parts.get(name)?.takes?.(batch);
  }

  /** Flushes the parts. Resolves to what has failed, in words. */
  async flush(): Promise<string[]> {
    return this.#everyOne('flushed', (part) => part.flush?.());
  }

  /** Lets the parts write what must not be lost. */
  async save(): Promise<void> {
    await this.#everyOne('written', (part) => part.save?.());
  }

  async close(): Promise<void> {
    await this.#everyOne('closed', (part) => part.close?.());
  }

  /** What the parts keep, and what is kept for those that do not run now. */
  get states(): PartStates {
    this.#each((part, name) => {
      if (part.keeps) this.#kept.set(name, part.keeps.write());
    });
    return this.#kept.all;
  }

  /** Gives the parts what an owner that is gone has left. */
  restore(states: PartStates): void {
    for (const [name, state] of states) {
      const keeps = this.#parts.get(name)?.keeps;
      if (!keeps) this.#kept.leave(name, state);
      else this.#tried(name, () => keeps.restore(state));
    }
  }

  #hostOf(part: string, later: readonly PartConfig[] = []): PartHost {
    const { clock, read, fail, hook, event, ask, blobs, deliver, outbox } = this.#host;
    const asked = async (question: string) => this.#copied(await ask(part, question));
    return {
      ...{ clock, read, fail, event, outbox },
      hook: (type, ...told) => hook(type, ...this.#copied(told)),
      ask: asked,
      deliver: (plan, body, isLast) => {
        const headers = () => asked('headers') as ReturnType<AskForHeaders>;
        return deliver(plan, body, headers, isLast);
      },
      blobs: (name) => blobs(`${part} ${name}`),
      part: <T extends Part>(name: string) => this.#parts.get(name) as T | undefined,
      load: <T extends Part>(name: string) => {
        const loading =
          this.#later.get(name) ??
          this.#load(
            part,
            later.find((one) => one.name === name),
          );
        this.#later.set(name, loading);
        loading.catch(() => this.#later.delete(name));
        return loading as Promise<T>;
      },
    };
  }

  /** Copies a value, as if it had come from another thread. */
  #copied<T>(value: T): T {
    return this.#host.isHere ? structuredClone(value) : value;
  }

  async #loaded(part: PartConfig): Promise<PartModule> {
    const module = await this.#inTime(this.#host.loadPart(part), 'loaded');
    if (typeof module?.start !== 'function' || module.name !== part.name) {
      throw new Error(`the code of the feature "${part.name}" is not there`);
    }
    return module;
  }

  /** @throws Error when the work has not ended in time */
  async #inTime<T>(work: Promise<T>, done: string): Promise<T> {
    let hasEnded = false;
    const ended = work.finally(() => {
      hasEnded = true;
    });
    await this.#host.clock.within(DEADLINE, ended);
    if (!hasEnded) throw new Error(`it has not ${done} within ${DEADLINE} seconds`);
    return ended;
  }

  /** Calls every part, even if another one throws. */
  #each(call: (part: Part, name: string) => void): void {
    for (const [name, part] of this.#parts) this.#tried(name, () => call(part, name));
  }

  #tried(name: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#failed(name, error);
    }
  }

  async #everyOne(
    done: string,
    call: (part: Part) => Promise<void> | undefined,
  ): Promise<string[]> {
    const outcomes = [...this.#parts].map(async ([name, part]) => {
      try {
        const calling = async () => call(part);
        await this.#inTime(calling(), done);
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
