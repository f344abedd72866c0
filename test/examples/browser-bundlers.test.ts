/** Builds the examples for browsers by their bundlers and opens them in Chromium. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, serveFolder, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import {
  clickTwice,
  copiesOfTheCollector,
  REMARK,
  type Seen,
  scriptsWith,
} from './counting-page.ts';
import { type InstalledExample, type InstallOptions, installExample } from './installed-example.ts';
import { buildWithWebpack } from './webpack-build.ts';

interface Bundler extends InstallOptions {
  readonly example: string;
  readonly build: (example: InstalledExample) => Promise<string>;
  /** The folder with the page. */
  readonly site: 'dist' | '.';
  readonly worker: 'url' | 'blob';
  /** The same as `worker` for a page with a feature, if it differs: the feature's code may not be a file. */
  readonly withFeature?: 'url' | 'blob';
  /** Why the feature must not name the file of its part, if it must not. */
  readonly noUrl?: string;
  /** The file of the program; `main.js` unless given. */
  readonly program?: string;
  /** See `copiesOfTheCollector`; 1 if everything is in one file. */
  readonly copies: 1 | 2 | 3;
}

/** Adds the feature that finds the busiest counters, which is in the examples, to the page. */
async function useFeature(folder: string, { program = 'main.js', noUrl }: Bundler): Promise<void> {
  // What was built before is removed.
  for (const made of ['dist', '.parcel-cache']) {
    await rm(join(folder, made), { recursive: true, force: true });
  }
  const features = fileURLToPath(new URL('../../examples/features/busiest', import.meta.url));
  await cp(features, join(folder, dirname(program), 'busiest'), { recursive: true });
  const feature = join(folder, dirname(program), 'busiest/feature.js');
  const withUrl = await readFile(feature, 'utf8');
  if (noUrl) await writeFile(feature, withUrl.replace(/^ *url: .*$/m, ''));
  const text = await readFile(join(folder, program), 'utf8');
  await writeFile(
    join(folder, program),
    `import { busiest } from './busiest/feature.js';\n${text.replace('Collector({', 'Collector({ use: [busiest()],')}`,
  );
}

const npmRun =
  (script: string) =>
  ({ npmRun }: InstalledExample) =>
    npmRun(script);
const build = npmRun('build');

const BUNDLERS: Readonly<Record<string, Bundler>> = {
  'Vite 8': { example: 'vite', build, site: 'dist', worker: 'url', copies: 3 },
  'Vite 6': {
    example: 'vite-6',
    aliases: { vite: 'vite6' },
    build,
    site: 'dist',
    worker: 'url',
    copies: 3,
  },
  webpack: {
    example: 'webpack',
    build: buildWithWebpack,
    site: '.',
    worker: 'url',
    program: 'src/index.js',
    copies: 3,
  },
  'esbuild, chunks': { example: 'esbuild', build, site: '.', worker: 'blob', copies: 2 },
  'esbuild, one script': {
    example: 'esbuild',
    build: npmRun('build:iife'),
    site: '.',
    worker: 'blob',
    noUrl: 'there is no import.meta.url in a classic script',
    copies: 1,
  },
  'esbuild, with the worker as an entry': {
    example: 'esbuild',
    build: npmRun('build:worker'),
    site: '.',
    worker: 'url',
    withFeature: 'blob',
    copies: 3,
  },
  Rollup: { example: 'rollup', build, site: '.', worker: 'blob', copies: 2 },
  Parcel: {
    example: 'parcel',
    build,
    site: 'dist',
    worker: 'url',
    withFeature: 'blob',
    noUrl: 'Parcel 2 breaks a page that imports a file and names its URL, too',
    copies: 3,
  },
  'bun build': { example: 'bun-build', build, site: 'dist', worker: 'blob', copies: 1 },
};

describe.skipIf(!requirePart('chromium', chromiumPath()))('in Chromium', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  /** Opens the page of a built example from a server that isolates it or does not. */
  async function open(folder: string, isolated: boolean, shown?: string): Promise<Seen> {
    const site = await serveFolder({ roots: { '/': folder }, isolated });
    try {
      return await clickTwice(browser, `${site.url}/index.html`, undefined, shown);
    } finally {
      await site.close();
    }
  }

  const SLOW = { timeout: 300_000 };

  it.each(Object.entries(BUNDLERS))('%s', SLOW, async (_, bundler) => {
    const example = await installExample(bundler.example, bundler);
    expect(await bundler.build(example)).not.toMatch(REMARK);
    expect(copiesOfTheCollector(join(example.folder, 'dist'))).toBe(bundler.copies);
    // webpack and Parcel may replace `import.meta.url` by the path of the module.
    expect(scriptsWith(example.folder, join(example.folder, 'dist'))).toEqual([]);

    const page = join(example.folder, bundler.site);
    const { worker } = bundler;
    expect(await open(page, true)).toEqual({ link: 'shared', worker: [worker], errors: [] });
    // Once more with a feature of the application. With it the collector is still in a worker.
    await useFeature(example.folder, bundler);
    expect(await bundler.build(example)).not.toMatch(REMARK);
    const withFeature = { link: 'message', worker: [bundler.withFeature ?? worker], errors: [] };
    expect(await open(page, false, 'busiest_increase_per_second{')).toEqual(withFeature);
  });

  it.each([
    ['Vite 8', 'main.js'],
    ['webpack', 'src/index.js'],
    ['Parcel', 'main.js'],
  ])('%s keeps the worker that an application makes of it', SLOW, async (name, program) => {
    const bundler = BUNDLERS[name];
    const example = await installExample(bundler.example, bundler);
    const file = (path: string, text: string) => writeFile(join(example.folder, path), text);
    await file(join(program, '../own-worker.js'), "import 'utilityfog-telemetry/worker';\n");
    const main = await readFile(join(example.folder, program), 'utf8');
    const ownWorker = `
      worker: () => new Worker(new URL('./own-worker.js', import.meta.url), { type: 'module' }),`;
    const shown = '[collector.link, (await collector.diagnostics()).failed.length]';
    await file(
      program,
      main.replace('Collector({', `Collector({ ${ownWorker}`).replace('collector.link', shown),
    );
    await bundler.build(example);
    // The bundler must not drop the import as if the module had no side effects. Then the worker answers.
    const { link, errors } = await open(join(example.folder, bundler.site), true);
    expect({ link, errors }).toEqual({ link: 'shared,0', errors: [] });
  });

  it('Parcel, which ignores exports, finds the entry for edge functions', SLOW, async () => {
    const example = await installExample('parcel');
    const main = join(example.folder, 'main.js');
    const text = await readFile(main, 'utf8');
    await writeFile(main, text.replace("'utilityfog-telemetry'", "'utilityfog-telemetry/edge'"));
    await example.npmRun('build');
    expect(copiesOfTheCollector(join(example.folder, 'dist'))).toBe(1);
  });
});
