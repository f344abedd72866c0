/** Tests timers that a test replaces while the library is in use, or before it is loaded. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LINKS } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { node20 } from '../runtimes/server-runtimes.ts';

const built = new URL('../../dist/node.js', import.meta.url).href;
const worker = new URL('../../dist/worker.js', import.meta.url).href;
const sinon = createRequire(import.meta.url).resolve('@sinonjs/fake-timers');

/** Ways to replace timers, each with a function that advances them by so many milliseconds. */
const FAKES: Readonly<Record<string, string>> = {
  'as Vitest and Jest': `
    import fakeTimers from ${JSON.stringify(sinon)};
    let faked;
    const fake = () => { faked = fakeTimers.install(); };
    const advance = (time) => faked.tick(time);
    const restore = () => faked.uninstall();`,
  'of node:test': `
    import { mock } from 'node:test';
    const fake = () => mock.timers.enable();
    const advance = (time) => mock.timers.tick(time);
    const restore = () => mock.timers.reset();`,
};

/** Resolves to what a program prints. It may not go on before it has what it awaits. */
async function printed(begin: string, script: string): Promise<string> {
  const file = join(await makeFolder(), 'main.mjs');
  const end = `
    console.log('ended');
    process.exit(0);`;
  // If all timers stand still, nothing else holds the process.
  const hold = `const { Worker } = await import('node:worker_threads');
    new Worker('setInterval(() => {}, 1000)', { eval: true });`;
  await writeFile(file, [begin, hold, script, end].join('\n'));
  const { command, args } = node20;
  return (await promisify(execFile)(command, [...args, file], { timeout: 100_000 })).stdout;
}

const use = (link: string) => `
  const logged = [];
  const logger = { warn: (message) => logged.push(message), error() {} };
  let started = 0;
  const startWorker = () => {
    started++;
    return new Worker(new URL(${JSON.stringify(worker)}));
  };
  const collector = new TelemetryCollector({ link: '${link}', logger, worker: startWorker });
  const jobs = collector.registerCounter('jobs_total');
  const level = collector.registerGauge('level', '', { collect: async () => 7 });
  setupRuntimeHooks(collector, { only: ['eventLoop'] });
  jobs.increment();
  collector.recordEvent('event');
  const has = async (what) => {
    if (!(await formatPrometheus(collector)).includes(what)) console.log('lacks', what);
  };`;
const NAMES = '{ formatPrometheus, setupRuntimeHooks, TelemetryCollector }';

describe.each(Object.keys(FAKES))('timers %s', (make) => {
  const begin = `${FAKES[make]}`;

  it.each(LINKS)('may be faked from the first use on, %s link', async (link) => {
    const script = `
      const ${NAMES} = await import(${JSON.stringify(built)});
      fake();
      ${use(link)}
      await has('jobs_total 1');
      await has('level 7');
      await collector.startCollection();
      for (let i = 0; i < 3; i++) {
        advance(3_600_000);
        await collector.flush();
      }
      jobs.increment();
      await has('jobs_total 2');
      if ((await collector.getEvents()).length !== 1) console.log('no event');
      restore();
      await has('jobs_total 2');
      await collector.shutdown();
      console.log(started, ...logged);`;
    const expected = link === 'inline' ? '0\nended\n' : '1\nended\n';
    expect(await printed(begin, script)).toBe(expected);
  });

  it.each(LINKS)('may be faked before it is loaded, %s link', async (link) => {
    const script = `
      fake();
      const ${NAMES} = await import(${JSON.stringify(built)});
      ${use(link)}
      await has('jobs_total 1');
      // Many pings at once, of which none can be answered meanwhile.
      advance(3_600_000);
      await has('jobs_total 1');
      await has('level 7');
      await collector.flush();
      restore();
      jobs.increment();
      await has('jobs_total 2');
      await collector.shutdown();
      console.log(started, ...logged);`;
    const expected = link === 'inline' ? '0\nended\n' : '1\nended\n';
    expect(await printed(begin, script)).toBe(expected);
  });
});

/** Makes a realm in which time passes when the test says so, before the package is loaded. */
describe('a worker that hangs', () => {
  it.each(['shared', 'message'])('is replaced, %s link', async (link) => {
    const script = `
      let turned = 0;
      const intervals = new Set();
      const real = performance.now.bind(performance);
      performance.now = () => real() + turned;
      globalThis.setInterval = function setInterval(run, time) {
        const timer = { run, time };
        intervals.add(timer);
        return timer;
      };
      globalThis.clearInterval = (timer) => intervals.delete(timer);
      const pass = (time) => {
        turned += time;
        for (const { run, time: every } of [...intervals]) if (every === time) run();
      };
      const { formatPrometheus, TelemetryCollector } = await import(${JSON.stringify(built)});
      const workers = [];
      const worker = () => {
        const source = \`
          import(${JSON.stringify(worker)});
          require('node:worker_threads').parentPort.on('message', (message) => {
            while (message.hang);
          });\`;
        workers.push(new Worker(source, { eval: true }));
        return workers.at(-1);
      };
      const logged = [];
      const logger = { warn: (message) => logged.push(message), error() {} };
      const collector = new TelemetryCollector({ link: '${link}', logger, worker });
      collector.registerCounter('jobs_total').increment();
      const jobs = async () => /^jobs_total .*$/m.exec(await formatPrometheus(collector))[0];
      console.log(await jobs());
      for (let i = 0; i < 10; i++) {
        pass(10_000);
        await collector.diagnostics();
      }
      console.log(workers.length);
      workers[0].postMessage({ hang: true });
      const asked = collector.getEvents();
      for (let i = 0; i < 4; i++) pass(10_000);
      // What was under way comes back, and the next collector has it all.
      console.log(await asked, await jobs(), workers.length);
      console.log(logged.some((line) => line.includes('has not answered for 30 s')));`;
    const lines = ['jobs_total 1', '1', '[] jobs_total 1 2', 'true', 'ended', ''];
    expect(await printed('', script)).toBe(lines.join('\n'));
  });
});
