/**
 * Tests zones. Angular waits until the timers of its zone are over, and checks the whole page after each
 * message in it.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LINKS } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { bun, deno, node20, type ServerRuntime } from '../runtimes/server-runtimes.ts';
import { IMPORTED, zoneProgram } from '../zone-program.ts';

const built = new URL('../../dist/node.js', import.meta.url).href;
const zone = createRequire(import.meta.url).resolve('zone.js/node');

/** Resolves to what a program prints. */
async function printed({ command, args }: ServerRuntime, script: string): Promise<string> {
  const file = join(await makeFolder(), 'main.mjs');
  await writeFile(file, script);
  return (await promisify(execFile)(command, [...args, file], { timeout: 100_000 })).stdout;
}

describe.each([node20, bun, deno])('in $name', (runtime) => {
  it.each(LINKS)('zones have none of its timers and messages, %s link', async (link) => {
    const patch = `await import(${JSON.stringify(zone)});`;
    const load = `const ${IMPORTED} = await import(${JSON.stringify(built)});`;
    for (const loading of [patch + load, load + patch]) {
      const script = `
        const native = setImmediate;
        ${loading}
        ${zoneProgram(link, '() => new Promise((resolve) => native(resolve))')}
        console.log(JSON.stringify(found));
        process.exit(0);`;
      expect(JSON.parse(await printed(runtime, script))).toEqual([[], []]);
    }
  });
});
