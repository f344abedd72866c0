/** Processes that join the collector of the test, which is their primary. They can be killed. */
import { type ChildProcess, fork, type SerializationType } from 'node:child_process';
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

const path = (url: string) => fileURLToPath(new URL(url, import.meta.url));
const program = path('process-program.mjs');
const library = new URL('../../dist/node.js', import.meta.url).href;
const env = { ...process.env, LIBRARY: library, CLUSTER: library.replace('node.js', 'cluster.js') };

const running = new Set<ChildProcess>();

afterEach(async () => {
  const exits = [...running].map((child) => once(child, 'exit'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(exits);
});

export interface Recording {
  readonly kind: 'counter' | 'gauge' | 'histogram' | 'native' | 'summary' | 'states';
  readonly name: string;
  readonly value: number | string;
  readonly n?: string;
  readonly combine?: string | undefined;
  readonly exemplar?: object;
}

interface Answer {
  readonly id?: number;
  readonly answer?: unknown;
  readonly ready?: boolean;
  readonly logged?: string;
  readonly owns?: string;
}

export class RealProcess {
  readonly child: ChildProcess;
  readonly exit: Promise<unknown>;
  readonly ready: Promise<void>;
  readonly logged: string[] = [];
  /** Where it serves what all have recorded, if it owns their collector. */
  url: string | undefined;
  readonly #answers = new Map<number, (answer: unknown) => void>();
  readonly #losesEarly: boolean;
  #asked = 0;
  #hasLogged: () => void = () => {};
  #hasOwned: () => void = () => {};

  constructor(child: ChildProcess, losesEarly = false) {
    this.child = child;
    this.#losesEarly = losesEarly;
    running.add(child);
    this.exit = once(child, 'exit').finally(() => {
      running.delete(child);
      for (const settle of this.#answers.values()) settle(undefined);
    });
    let isReady = () => {};
    this.ready = new Promise((resolve) => {
      isReady = resolve;
    });
    child.on('message', ({ id, answer, ready, logged, owns }: Answer) => {
      if (ready) isReady();
      if (owns) {
        this.url = owns;
        this.#hasOwned();
      }
      if (logged) {
        this.logged.push(logged);
        this.#hasLogged();
      }
      if (id === undefined) return;
      this.#answers.get(id)?.(answer);
      this.#answers.delete(id);
    });
  }

  /** Resolves to its answer, or to nothing if it ends before. */
  async ask<T = void>(what: string, details: object = {}): Promise<T> {
    // A worker of node:cluster loses what comes before its program listens. Other processes do not.
    if (this.#losesEarly) await this.ready;
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve as (answer: unknown) => void);
      this.child.send({ id, what, ...details });
    });
  }

  record(recording: Recording): Promise<void> {
    return this.ask('record', recording);
  }

  count(value = 1, name = 'a_total'): Promise<void> {
    return this.record({ kind: 'counter', name, value });
  }

  /** Resolves when it has logged something that matches. */
  async hasLogged(pattern: RegExp): Promise<void> {
    while (!this.logged.some((message) => pattern.test(message))) {
      await new Promise<void>((resolve) => {
        this.#hasLogged = resolve;
      });
    }
  }

  /** Resolves to where it serves once it owns the collector of all. */
  async owns(): Promise<string> {
    while (!this.url) {
      await new Promise<void>((resolve) => {
        this.#hasOwned = resolve;
      });
    }
    return this.url;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }
}

/** Starts a process with `fork()`. */
export function forked(serialization: SerializationType = 'json', file = program): RealProcess {
  const options = { serialization, env, execArgv: [], silent: true };
  return new RealProcess(fork(file, options));
}

/** What processes have in common that own their collector in turn. */
export interface Room {
  readonly name: string;
  readonly directory: string;
  readonly options?: object;
}

/** Starts a process that joins the others of its room, and does not know that it has a parent. */
export function sibling(room: Room, execPath = process.execPath): RealProcess {
  const options = { env: { ...env, ROOM: JSON.stringify(room) }, execArgv: [], silent: true };
  return new RealProcess(fork(program, { ...options, execPath }));
}

/** Starts a worker of node:cluster. */
export function clustered(serialization: SerializationType = 'json'): RealProcess {
  cluster.setupPrimary({ exec: program, serialization, execArgv: [], silent: true });
  const worker: Worker = cluster.fork(env);
  return new RealProcess(worker.process, true);
}
