/** Tests what an application records when its process comes to its end, perhaps again and again. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LINKS } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { bun, deno, node20, type ServerRuntime } from '../runtimes/server-runtimes.ts';

const built = new URL('../../dist/node.js', import.meta.url).href;

async function run({ command, args }: ServerRuntime, folder: string, script: string) {
  const file = join(folder, 'main.mjs');
  await writeFile(file, script);
  return (await promisify(execFile)(command, [...args, file], { timeout: 100_000 })).stdout.trim();
}

const opening = (link: string, folder: string) => `
  import { formatPrometheus, TelemetryCollector } from ${JSON.stringify(built)};
  const persist = { name: 'app', directory: ${JSON.stringify(folder)} };
  const collector = new TelemetryCollector({ link: ${JSON.stringify(link)}, persist });
  const jobs = collector.registerCounter('jobs_total');`;
const READ = `
  console.log((await formatPrometheus(collector)).match(/^jobs_total (.*)$/m)[1]);
  await collector.shutdown();`;

describe.each([node20, bun, deno])('in $name', (runtime) => {
  it.each(LINKS)('is kept, each time there is something new, %s link', async (link) => {
    const folder = await makeFolder();
    const script = `${opening(link, folder)}
      let times = 0;
      process.on('beforeExit', async () => {
        if (times++ >= 3) return;
        jobs.increment();
        await new Promise((resolve) => setTimeout(resolve, 1));
        jobs.increment();
      });
      jobs.increment();`;
    await run(runtime, folder, script);
    expect(await run(runtime, folder, opening(link, folder) + READ)).toBe('7');
  });

  it.each(LINKS)('does not keep the process, also if it never ends, %s link', async (link) => {
    const folder = await makeFolder();
    const script = `${opening(link, folder)}
      collector.registerGauge('level', '', { collect: () => Math.random() });
      process.on('beforeExit', () => jobs.increment());`;
    await run(runtime, folder, script);
    expect(Number(await run(runtime, folder, opening(link, folder) + READ))).toBeGreaterThan(1);
  });
});
