import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { pages, read, root } from './markdown.ts';

describe.each(pages)('%s', (page) => {
  const text = withoutCode(read(page));
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
  const local = links.filter((target) => !/^[a-z]+:/.test(target));

  it('links to files and headings that exist', () => {
    const broken = local.filter((target) => {
      const [file, heading] = target.split('#');
      const path = file ? join(dirname(page), file) : page;
      if (!existsSync(join(root, path))) return true;
      return heading !== undefined && !headings(path).includes(heading);
    });
    expect(broken).toEqual([]);
  });

  it('names no scripts of package.json that are not there', () => {
    // Some examples have a package.json of their own.
    const own = join(dirname(page), 'package.json');
    const manifest = readJson(existsSync(join(root, own)) ? own : 'package.json');
    const { scripts } = manifest as { scripts: Record<string, string> };
    const named = [...read(page).matchAll(/npm run ([a-z:]+)/g)].map(([, script]) => script);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });
});

describe('the documentation', () => {
  const words = new Set(
    pages
      .filter((page) => page === 'README.md' || page.startsWith('docs/'))
      .flatMap((page) => read(page).match(/\w+/g) ?? []),
  );

  it('mentions every export', () => {
    expect(exportsOf('src/index.ts').filter((name) => !words.has(name))).toEqual([]);
  });

  it('mentions every subpath', () => {
    const { exports } = readJson('package.json') as { exports: Record<string, object> };
    const subpaths = Object.keys(exports).filter((name) => name !== './package.json');
    const page = read('docs/bundlers.md');
    const named = (name: string) =>
      page.includes(`\`${name.replace('.', 'utilityfog-telemetry')}\``);
    expect(subpaths.filter((name) => !named(name))).toEqual([]);
  });

  it('is complete about the Python names', () => {
    const original = [
      ...['TelemetryCollector', 'collection_interval', 'register_counter', 'register_gauge'],
      ...['register_histogram', 'get_metric', 'record_event', 'add_hook', 'start_collection'],
      ...['stop_collection', 'get_snapshot', 'increment', 'decrement', 'set', 'observe', 'buckets'],
      ...['MetricsExporter', 'export_metrics', 'PrometheusAdapter', 'JSONExporter'],
      ...['MultiExporter', 'PeriodicExporter', 'interval', 'setup_coordination_hooks'],
      ...['setup_messaging_hooks', 'setup_health_hooks', 'getLogger'],
      ...['coordination_messages_total', 'coordination_active_nodes'],
      ...['coordination_message_latency_seconds', 'messages_sent_total'],
      ...['messages_received_total', 'message_queue_size'],
      ...['message_processing_duration_seconds', 'health_status', 'health_checks_total'],
      ...['health_check_duration_seconds', 'telemetry_collection_runs_total'],
      ...['telemetry_collection_duration_seconds', 'telemetry_metrics_count'],
      'telemetry_events_total',
    ];
    expect(original.filter((name) => !words.has(name))).toEqual([]);
  });
});

describe('THIRD_PARTY_NOTICES.md', () => {
  // The build writes down what it bundles.
  const bundled = Object.entries(
    readJson('.parts/bundled-packages.json') as Record<
      string,
      { readonly version: string; readonly license: string }
    >,
  );
  const heading = (name: string, version: string) => `## ${name} ${version.replace(/^v/, '')}`;

  it('names what dist/ holds of others, in its version, and nothing else', () => {
    const told = read('THIRD_PARTY_NOTICES.md').match(/^## \S+ \d+\.\d+\.\d+$/gm);
    expect(told?.sort()).toEqual(
      bundled.map(([name, { version }]) => heading(name, version)).sort(),
    );
  });

  it('has licenses that package.json names', () => {
    const licensesIn = (expression: string) => expression.match(/[\w.-]+/g)!;
    const { license } = readJson('package.json') as { license: string };
    const needed = bundled.flatMap(([, one]) => licensesIn(one.license));
    expect(needed.length).toBeGreaterThan(0);
    expect(licensesIn(license)).toEqual(expect.arrayContaining(needed));
  });
});

function readJson(path: string): unknown {
  return JSON.parse(read(path));
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
}

/** Returns a heading as links write it: `## Cross-origin isolation` becomes `cross-origin-isolation`. */
function headings(page: string): string[] {
  const text = read(page).replace(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** Returns the names that a module exports with `export … from` statements. */
function exportsOf(path: string): string[] {
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause) {
      throw new Error(`${path} has a statement that is no list of exports`);
    }
    if (ts.isNamespaceExport(statement.exportClause)) return [statement.exportClause.name.text];
    return statement.exportClause.elements.map(({ name }) => name.text);
  });
}
