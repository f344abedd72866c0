/** The dashboards in grafana/: are they what the script writes, and what Grafana's own types allow? */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { TelemetryCollector } from 'utilityfog-telemetry';
import { type GrafanaDashboard, grafanaDashboard } from 'utilityfog-telemetry/grafana';
import { expect, it } from 'vitest';
import { OWN_METRICS } from '../../src/model.ts';
import { panelsOf } from './queries.ts';

interface WritingModule {
  writtenFiles(): Promise<Readonly<Record<string, string>>>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const script = new URL('../../scripts/write-grafana.mjs', import.meta.url).href;
const { writtenFiles } = (await import(script)) as WritingModule;
const files = await writtenFiles();
const parsed = Object.entries(files).map(
  ([path, text]) => [path, JSON.parse(text)] as [string, GrafanaDashboard],
);

it.each(Object.entries(files))('%s is current', async (path, text) => {
  const remedy = `${path} is not as the code says. Run: npm run grafana`;
  expect(await readFile(join(root, path), 'utf8'), remedy).toBe(text);
});

it('are all the files there are', async () => {
  const names = await readdir(join(root, 'grafana'));
  expect(names.map((name) => `grafana/${name}`).sort()).toEqual(Object.keys(files).sort());
});

it('have uids of their own', () => {
  const uids = parsed.map(([, { uid }]) => uid);
  expect(new Set(uids).size).toBe(parsed.length);
});

it.each(parsed)('%s has a title and a query in every panel', (_, dashboard) => {
  for (const { title, targets } of panelsOf(dashboard)) {
    expect(title).not.toBe('');
    expect(targets).not.toEqual([]);
  }
});

it.each(OWN_METRICS)('show %s, which every collector may have', (name) => {
  expect(files['grafana/collector.json']).toMatch(new RegExp(`\\b${name}(_bucket)?\\{`));
});

it('are made of what the types of Grafana’s library allow', { timeout: 300_000 }, async () => {
  expect(await typeErrors({ ...files, 'any.json': JSON.stringify(await everyKind()) })).toEqual([]);
});

it('are checked by types that find what is wrong', { timeout: 300_000 }, async () => {
  const [[, dashboard]] = parsed;
  const [panel] = panelsOf(dashboard);
  const [target] = panel.targets!;
  const wrong = {
    title: { titel: 'x' },
    type: { panels: [{ ...panel, type: 'pie' }] },
    option: { panels: [{ ...panel, options: { ...(panel.options as object), graphMode: 'all' } }] },
    query: { panels: [{ ...panel, targets: [{ ...target, exemplars: true }] }] },
  };
  for (const [what, fields] of Object.entries(wrong)) {
    const text = JSON.stringify({ ...dashboard, ...fields });
    expect(await typeErrors({ 'wrong.json': text }), what).not.toEqual([]);
  }
});

/** Returns a dashboard with every kind of panel. */
async function everyKind(): Promise<GrafanaDashboard> {
  await using collector = new TelemetryCollector();
  collector.registerCounter('a_total');
  collector.registerGauge('b');
  collector.registerHistogram('c', '', { native: true });
  collector.registerSummary('d');
  collector.registerInfo('e_info');
  collector.registerStateSet('f', '', { states: ['on'] });
  collector.registerGauge('a_b');
  return grafanaDashboard(collector, {
    uid: 'any',
    datasource: 'prometheus',
    description: 'Any',
    panels: [{ title: 'Own', queries: [{ expr: '1' }], values: { 1: { text: 'on' } } }],
    annotations: [{ name: 'Mark', expr: '1' }],
  });
}

/** Returns what TypeScript says of dashboards that are written as literals. */
async function typeErrors(texts: Readonly<Record<string, string>>): Promise<string[]> {
  const { config } = ts.readConfigFile(join(root, 'test/tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'test'));
  const sources = new Map(
    Object.entries(texts).map(([path, text]) => [
      join(root, 'test/grafana', `${path.replaceAll('/', '-')}.ts`),
      `import type { SdkDashboard } from './sdk-types.ts';\nexport const dashboard: SdkDashboard = ${text};\n`,
    ]),
  );
  const host = ts.createCompilerHost(options);
  const { readFile: readFromDisk, fileExists } = host;
  host.readFile = (file) => sources.get(file) ?? readFromDisk(file);
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].flatMap((file) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(file))
      .map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  );
}
