/** Builds the examples for browsers by their bundlers and opens them in Chromium. */
import { existsSync, readFileSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, serveFolder, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import { clickTwice, copiesOfTheCollector, REMARK, scriptsWith } from './counting-page.ts';
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

const RULES = `{ groups: [{ name: 'g', interval: '1s', rules: [
  { record: 'clicks:sum', expr: 'sum(clicks_total)' },
  { alert: 'Clicked', expr: 'clicks:sum == 2' },
] }] }`;
/** What a page shows that uses these features. The first is shown only for a moment. */
const SHOWN = [
  'busiest_increase_per_second{',
  'clicks:sum 2\n',
  'ALERTS{alertname="Clicked",alertstate="firing"} 1\n',
];
/** Texts in the parts of features that no bundler changes. */
const PARTS = [
  'telemetry_history_samples_total',
  'unclosed left parenthesis',
  'ALERTS_FOR_STATE',
  'telemetry_anomaly_',
];

/** Adds the features of the package to the page, and the one of the examples that finds the busiest counters. */
async function useFeatures(folder: string, bundler: Bundler): Promise<void> {
  // What was built before is removed.
  for (const made of ['dist', '.parcel-cache']) {
    await rm(join(folder, made), { recursive: true, force: true });
  }
  const program = join(folder, bundler.program ?? 'main.js');
  await copyOwn(dirname(program), bundler);
  const text = await readFile(program, 'utf8');
  await writeFile(
    program,
    `import { alerting } from 'utilityfog-telemetry/alerting';
import { analytics } from 'utilityfog-telemetry/analytics';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { busiest } from './busiest/feature.js';
const use = [busiest(), history(), promql(), alerting({ rules: ${RULES} }), analytics()];
${text.replace('Collector({', 'Collector({ use,')}`,
  );
}

async function copyOwn(folder: string, { noUrl }: Bundler): Promise<void> {
  const features = fileURLToPath(new URL('../../examples/features/busiest', import.meta.url));
  await cp(features, join(folder, 'busiest'), { recursive: true });
  const feature = join(folder, 'busiest/feature.js');
  const withUrl = await readFile(feature, 'utf8');
  if (noUrl) await writeFile(feature, withUrl.replace(/^ *url: .*$/m, ''));
}

/** Returns what a bundler has said, without the sign of esbuild that a file is large. */
const remarks = (said: string) => said.replace(/mb ⚠️/g, 'mb');

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
  async function open(folder: string, isolated: boolean, shown: readonly string[] = []) {
    const asked = new Set<string>();
    const site = await serveFolder({
      roots: { '/': folder },
      isolated,
      asked: (path) => asked.add(path),
    });
    try {
      const seen = await clickTwice(browser, `${site.url}/index.html`, undefined, shown);
      const loaded = [...asked].map((path) => join(folder, path)).filter(existsSync);
      const texts = loaded.map((file) => readFileSync(file, 'utf8'));
      // How many of the files that were loaded have each part.
      const parts = PARTS.map((text) => texts.filter((file) => file.includes(text)).length);
      return { ...seen, parts };
    } finally {
      await site.close();
    }
  }

  const SLOW = { timeout: 300_000 };

  it.each(Object.entries(BUNDLERS))('%s', SLOW, async (_, bundler) => {
    const example = await installExample(bundler.example, bundler);
    expect(remarks(await bundler.build(example))).not.toMatch(REMARK);
    expect(copiesOfTheCollector(join(example.folder, 'dist'))).toBe(bundler.copies);
    // webpack and Parcel may replace `import.meta.url` by the path of the module.
    expect(scriptsWith(example.folder, join(example.folder, 'dist'))).toEqual([]);

    const page = join(example.folder, bundler.site);
    const { worker } = bundler;
    const plain = { link: 'shared', worker: [worker], errors: [], parts: PARTS.map(() => 0) };
    expect(await open(page, true)).toEqual(plain);
    // Once more with features. With them the collector is still in a worker, and their code is loaded once.
    await useFeatures(example.folder, bundler);
    expect(remarks(await bundler.build(example))).not.toMatch(REMARK);
    const { parts, ...seen } = await open(page, false, SHOWN);
    const ways = [bundler.withFeature ?? worker];
    expect(seen).toEqual({ link: 'message', worker: ways, errors: [] });
    // A worker that has a file may load some parts before it finds that the one of the application has none.
    const most = bundler.withFeature ? 2 : 1;
    for (const times of parts) expect([1, most]).toContain(times);
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
