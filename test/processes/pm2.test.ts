/** Tests processes that the real PM2 starts, restarts and kills. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../folder.ts';
import { parseText } from '../formats/text-parser.ts';
import { freePort } from '../free-port.ts';
import { pm2Path, requirePart } from '../parts.ts';

const program = fileURLToPath(new URL('pm2-program.mjs', import.meta.url));
const library = new URL('../../dist/cluster.js', import.meta.url).href;
const INSTANCES = 3;

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Starts a PM2 of the test's own, and the program in it. */
async function start(mode: 'cluster' | 'fork') {
  const home = await makeFolder();
  const [port, metricsPort] = [await freePort(), await freePort()];
  const env = {
    ...{ CLUSTER: library, DIRECTORY: await makeFolder(), MODE: mode },
    ...{ PORT: port, METRICS_PORT: metricsPort },
  };
  const app = { name: 'shop', script: program, exec_mode: mode, instances: INSTANCES, env };
  const config = join(home, 'ecosystem.json');
  await writeFile(config, JSON.stringify({ apps: [{ ...app, kill_timeout: 10_000 }] }));
  const pm2 = async (...args: string[]) => {
    const child = spawn(process.execPath, [pm2Path()!, ...args], {
      env: { ...process.env, PM2_HOME: home },
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        printed += text;
      });
    }
    await once(child, 'exit');
    expect(child.exitCode, printed).toBe(0);
  };
  stops.push(() => pm2('kill'));
  await pm2('start', config);
  return new Managed(pm2, port, `http://127.0.0.1:${metricsPort}/metrics`);
}

class Managed {
  readonly pm2: (...args: string[]) => Promise<void>;
  readonly #port: number;
  readonly #metrics: string;
  /** How many requests were answered. */
  answered = 0;
  /** The totals that scrapes have shown, in order. */
  readonly totals: number[] = [];

  constructor(pm2: (...args: string[]) => Promise<void>, port: number, metrics: string) {
    this.pm2 = pm2;
    this.#port = port;
    this.#metrics = metrics;
  }

  /** Resolves to the process that has answered; 0 if none has. */
  async request(instance = 0): Promise<number> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#port + instance}/`);
      this.answered++;
      return Number(await answer.text());
    } catch {
      return 0;
    }
  }

  /** Resolves to what a scraper finds; `undefined` if nobody listens at the moment. */
  async scrape(name = 'requests_total'): Promise<number | undefined> {
    try {
      const { samples } = parseText(await (await fetch(this.#metrics)).text());
      const value = samples.find((sample) => sample.name === name)?.value;
      if (name === 'requests_total') this.totals.push(value ?? 0);
      return value;
    } catch {
      return undefined;
    }
  }

  /** Resolves when all processes answer. */
  async allAnswer(instances = [0]): Promise<void> {
    const pids = new Set<number>();
    const ask = async () => {
      for (const instance of instances) pids.add(await this.request(instance));
      pids.delete(0);
      return pids.size;
    };
    await expect.poll(ask).toBe(INSTANCES);
  }

  /** Sends requests and scrapes while something goes on. */
  async whileBusy(run: () => Promise<void>): Promise<void> {
    let isOver = false;
    const repeat = async (what: () => Promise<unknown>) => {
      while (!isOver) await what();
    };
    const busy = [repeat(() => this.request()), repeat(() => this.scrape())];
    await run();
    isOver = true;
    await Promise.all(busy);
  }

  /** Kills the process that owns the collector. Resolves when another one does. */
  async killOwner(): Promise<void> {
    const owner = (await this.scrape('owner_pid'))!;
    process.kill(owner, 'SIGKILL');
    const isAnother = async () => {
      const pid = await this.scrape('owner_pid');
      return pid !== undefined && pid !== owner;
    };
    await expect.poll(isAnother).toBe(true);
  }

  /** Expects that each answered request was counted once, and that no scrape has shown less than one before. */
  async expectTotal(): Promise<void> {
    await expect.poll(() => this.scrape()).toBe(this.answered);
    expect(this.totals).toEqual([...this.totals].sort((a, b) => a - b));
  }
}

describe.skipIf(!requirePart('pm2', pm2Path()))(
  'the processes of PM2',
  { timeout: 600_000 },
  () => {
    it('add up in the mode cluster, through a reload and a kill', async () => {
      const managed = await start('cluster');
      await managed.allAnswer();
      await managed.expectTotal();
      await managed.whileBusy(() => managed.pm2('reload', 'shop'));
      await managed.expectTotal();
      await managed.killOwner();
      await managed.allAnswer();
      await managed.expectTotal();
    });

    it('add up in the mode fork', async () => {
      const managed = await start('fork');
      const instances = Array.from({ length: INSTANCES }, (_, i) => i);
      await managed.allAnswer(instances);
      await managed.expectTotal();
      await managed.killOwner();
      await managed.allAnswer(instances);
      await managed.expectTotal();
    });
  },
);
