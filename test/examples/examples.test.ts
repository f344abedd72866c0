import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Starts a program, and resolves to the first lines that it prints. */
async function start(file: string, lines: number) {
  const env = { ...process.env, PORT: '0', METRICS_PORT: '0' };
  const child = spawn(process.execPath, [join(folder, file)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const printed: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (printed.push(line) === lines) break;
  }
  return { child, printed };
}

describe('the examples', () => {
  it('each say how to run them', () => {
    const missing = readdirSync(folder).filter(
      (name) => !existsSync(join(folder, name, 'README.md')),
    );
    expect(missing).toEqual([]);
  });

  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const installed = readdirSync(folder).filter((name) =>
    existsSync(join(folder, name, 'package.json')),
  );

  it('that are installed ask for the versions that are tested here', () => {
    const parts = ['bundlers', 'runtimes', 'prom-client'];
    const manifests = [
      '../test/package.json',
      ...parts.map((name) => `../test/parts/${name}/package.json`),
    ];
    const tested = Object.assign(
      {},
      ...manifests.map((file) => JSON.parse(read(file)).devDependencies),
    );
    // The command of webpack is a package of its own. The tests use webpack's interface for programs instead.
    const untested = ['utilityfog-telemetry', 'webpack-cli'];
    for (const name of installed) {
      const { dependencies, devDependencies } = JSON.parse(read(`${name}/package.json`));
      for (const [tool, range] of Object.entries({ ...dependencies, ...devDependencies })) {
        if (untested.includes(tool)) continue;
        const accepted = name === 'vite-6' ? tested.vite6.replace('npm:vite@', '') : tested[tool];
        expect(range, `${tool} of ${name}`).toBe(accepted);
      }
    }
  });

  it('that are installed take what a clone packs, as their pages say', () => {
    const { name, version } = JSON.parse(read('../package.json'));
    for (const example of installed) {
      const { dependencies } = JSON.parse(read(`${example}/package.json`));
      expect(dependencies[name]).toBe(`file:../../${name}-${version}.tgz`);
      const commands = `npm ci && npm pack\ncd examples/${example} && npm install\n`;
      expect(read(`${example}/README.md`)).toContain(commands);
    }
  });

  it('that are bundled find no way past what they install', () => {
    // Bundlers follow the `paths` of a tsconfig.json above them. They would lead to src/, and not to the
    // package.
    expect(JSON.parse(read('../tsconfig.json')).compilerOptions.paths).toBeUndefined();
  });

  it('that are bundled for browsers are the same program', () => {
    const programs = installed
      .flatMap((name) => [`${name}/main.js`, `${name}/src/index.js`])
      .filter((file) => existsSync(join(folder, file)))
      .map(read);
    expect(programs.length).toBe(7);
    expect(new Set(programs).size).toBe(1);
  });

  it('node-server counts the requests that it answers, and ends when it is told to', async () => {
    const { child, printed } = await start('node-server/server.mjs', 2);
    const [app, metrics] = printed.map((line) => line.split(/\s+/)[1]);
    expect(await (await fetch(app)).text()).toBe('hello\n');
    expect((await fetch(new URL('/nowhere', app))).status).toBe(404);
    const scrape = async () => (await fetch(metrics)).text();
    await expect
      .poll(scrape)
      .toContain('http_requests_total{service="greeter",method="GET",status="404"} 1');
    const text = await scrape();
    expect(text).toContain('http_requests_total{service="greeter",method="GET",status="200"} 1');
    expect(text).toContain('http_request_duration_seconds_count{service="greeter",method="GET"} 2');
    expect(text).toContain('http_requests_active{service="greeter"} 0');
    expect(text).toContain('process_cpu_seconds_total{service="greeter"}');

    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it('worker-threads adds up to the last step', async () => {
    const file = join(folder, 'worker-threads/main.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 100_000 });
    expect(stdout.split('\n').sort()).toEqual([
      '',
      'steps_by_thread_total{thread="east"} 250000',
      'steps_by_thread_total{thread="north"} 250000',
      'steps_by_thread_total{thread="south"} 250000',
      'steps_by_thread_total{thread="west"} 250000',
      'steps_total 1000000',
    ]);
  });

  it('browser-static serves its own files and the package, and nothing else', async () => {
    const { printed } = await start('browser-static/serve.mjs', 1);
    const status = async (path: string) => (await fetch(printed[0] + path)).status;
    expect(await status('')).toBe(200);
    expect(await status('utilityfog-telemetry/worker.js')).toBe(200);
    expect(await status('%2e%2e/node-server/server.mjs')).toBe(404);
    expect(await status(`file://${folder}browser-static/app.js`)).toBe(404);
    expect(await status('README.md')).toBe(404);
  });
});

describe.skipIf(!requirePart('chromium', chromiumPath()))('browser-static in Chromium', () => {
  it('shares memory with its worker and counts clicks', async () => {
    const { printed } = await start('browser-static/serve.mjs', 1);
    const browser = await launchChromium();
    try {
      const { page, errors } = await browser.openPage(printed[0]);
      await page.waitForFunction("document.querySelector('#link').value === 'shared'");
      await page.click('#count');
      await page.waitForFunction(
        `document.querySelector('pre').textContent.includes('clicks_total{button="count"} 1')`,
      );
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
