/** Angular waits until the timers of its zone are over, and looks at everything after each message in it. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LINKS } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { bun, deno, node20, type ServerRuntime } from '../runtimes/server-runtimes.ts';

const built = new URL('../../dist/node.js', import.meta.url).href;
const zone = createRequire(import.meta.url).resolve('zone.js/node');

/** What a program prints. */
async function printed({ command, args }: ServerRuntime, script: string): Promise<string> {
  const file = join(await makeFolder(), 'main.mjs');
  await writeFile(file, script);
  return (await promisify(execFile)(command, [...args, file], { timeout: 100_000 })).stdout;
}

/** The tasks of a zone as Angular has one, of whatever kind, where everything is called within it. */
const use = (link: string) => `
  const tasks = [];
  const zone = Zone.root.fork({
    name: 'angular',
    onScheduleTask(delegate, _, target, task) {
      tasks.push(task.type + ' ' + task.source);
      return delegate.scheduleTask(target, task);
    },
  });
  let runs = 0;
  let exports = 0;
  class Own extends MetricsExporter {
    async exportMetrics() { exports++; return true; }
  }
  const collector = zone.run(() => {
    const collector = new TelemetryCollector({ link: '${link}', collectionInterval: 0.02 });
    collector.addHook('collection', () => void runs++);
    setupRuntimeHooks(collector, { only: ['eventLoop'] });
    void collector.startCollection();
    void new PeriodicExporter(new Own(), collector, { interval: 0.02 }).start();
    return collector;
  });
  const counter = zone.run(() => collector.registerCounter('a_total', '', { labelNames: ['n'] }));
  await collector.getSnapshot();
  console.log(tasks.filter((task) => !task.startsWith('microTask')));
  tasks.length = 0;
  for (let round = 0; round < 20 || runs < 5 || exports < 5; round++) {
    zone.run(() => {
      // Enough for batches that are full, and for pages and segments that are new.
      for (let i = 0; i < 300; i++) {
        collector.recordEvent('event', 'x'.repeat(500));
        if (round < 20) counter.increment(1, { n: String(round * 300 + i) });
      }
      counter.reset();
      counter.remove({ n: String(round) });
    });
    await turn();
  }
  await collector.shutdown();
  console.log(tasks);
  process.exit(0);`;

describe.each([node20, bun, deno])('in $name', (runtime) => {
  it.each(LINKS)('zones have none of its timers and messages, %s link', async (link) => {
    const patch = `await import(${JSON.stringify(zone)});`;
    const load = `const { PeriodicExporter, MetricsExporter, setupRuntimeHooks, TelemetryCollector } =
      await import(${JSON.stringify(built)});`;
    for (const loading of [patch + load, load + patch]) {
      const begin = `
        const native = setImmediate;
        const turn = () => new Promise((resolve) => native(resolve));
        ${loading}`;
      expect(await printed(runtime, begin + use(link))).toBe('[]\n[]\n');
    }
  });
});
