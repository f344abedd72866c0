/** Recording threads that are real threads: they can be busy, and be ended from outside. */
import { once } from 'node:events';
import { type MessagePort, Worker } from 'node:worker_threads';
import {
  TelemetryCollector,
  type TelemetryCollectorOptions,
  type ThreadPort,
} from 'utilityfog-telemetry';
import { afterEach } from 'vitest';

const program = new URL('thread-program.mjs', import.meta.url);
const library = new URL('../../dist/node.js', import.meta.url).href;
const collectorScript = new URL('../../dist/worker.js', import.meta.url);

export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface Recording {
  readonly type: MetricType;
  readonly name: string;
  readonly n: string;
  readonly amount: number;
}

const running: Worker[] = [];
const gates = new Set<RealThread>();

afterEach(async () => {
  for (const thread of gates) thread.release();
  await Promise.all(running.splice(0).map((worker) => worker.terminate()));
});

export class RealThread {
  readonly worker: Worker;
  readonly #answers = new Map<number, (answer: unknown) => void>();
  /** A new one is made each time: a thread that is released may come to wait only after that. */
  #gate = new Int32Array(new SharedArrayBuffer(4));
  #asked = 0;
  #hasBlocked: () => void = () => {};

  constructor(port: ThreadPort, link: 'shared' | 'message') {
    this.worker = new Worker(program, {
      workerData: { library, port, link },
      transferList: [port as unknown as MessagePort],
    });
    running.push(this.worker);
    this.worker.on('message', ({ id, answer, blocked }) => {
      if (blocked) this.#hasBlocked();
      this.#answers.get(id)?.(answer);
      this.#answers.delete(id);
    });
    const ended = () => {
      for (const settle of this.#answers.values()) settle(undefined);
    };
    this.worker.on('exit', ended);
    this.worker.on('error', ended);
  }

  /** Resolves to its answer, or to nothing if it ends before. */
  ask<T = void>(what: string, details: object = {}): Promise<T> {
    const id = this.#asked++;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve as (answer: unknown) => void);
      this.worker.postMessage({ id, what, ...details });
    });
  }

  record(recording: Recording): Promise<void> {
    return this.ask('record', recording);
  }

  count(amount: number, name = 'a_total', n = 'x'): Promise<void> {
    return this.record({ type: 'counter', name, n, amount });
  }

  /** Resolves when its event loop stands still. */
  block(): Promise<void> {
    this.#gate = new Int32Array(new SharedArrayBuffer(4));
    gates.add(this);
    return new Promise((resolve) => {
      this.#hasBlocked = resolve;
      void this.ask('block', { gate: this.#gate.buffer });
    });
  }

  release(): void {
    gates.delete(this);
    Atomics.store(this.#gate, 0, 1);
    Atomics.notify(this.#gate, 0);
  }

  /** Makes a thread that joins over a port of this one. */
  async nested(link: 'shared' | 'message'): Promise<RealThread> {
    return new RealThread(await this.ask<ThreadPort>('createPort'), link);
  }

  async terminate(): Promise<void> {
    this.release();
    await this.worker.terminate();
  }
}

/** A collector whose workers can be killed. */
export class MortalCollector {
  readonly workers: Worker[] = [];
  readonly logged: string[] = [];
  readonly collector: TelemetryCollector;

  constructor(options: TelemetryCollectorOptions = {}) {
    const write = (message: string) => void this.logged.push(message);
    this.collector = new TelemetryCollector({
      logger: { warn: write, error: write },
      worker: () => {
        this.workers.push(new Worker(collectorScript));
        return this.workers.at(-1)!;
      },
      ...options,
    });
  }

  join(link: 'shared' | 'message' = 'shared'): RealThread {
    return new RealThread(this.collector.createPort(), link);
  }

  /** Kills the worker. Resolves when it is gone, and the owner knows. */
  async kill(): Promise<void> {
    const worker = this.workers.at(-1);
    if (!worker || worker.threadId === -1) return;
    const gone = once(worker, 'exit');
    void worker.terminate();
    await gone;
  }
}
