import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type Site, serveFolder, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import { exportedCode } from './examples.ts';
import { matches, root, type Snippet, snippets } from './markdown.ts';

/** The snippets run beside the tests, so that their imports are found as those of the tests are. */
const folder = join(root, 'test/.parts/snippets');
const examples = exportedCode().flatMap((one) => one.examples);
const all = [...snippets(), ...examples];
const ofKind = (kind: Snippet['kind']) => all.filter((snippet) => snippet.kind === kind);

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
});

describe('the code in the documentation', () => {
  it('has the right types', { timeout: 300_000 }, () => {
    expect(typeErrors(all)).toEqual([]);
  });

  // Those of the reference run together: test/docs/examples.test.ts.
  const alone = ofKind('node').filter((snippet) => !examples.includes(snippet));
  it.each(alone)('runs: $name', async (snippet) => {
    const printed = await runInNode(snippet);
    if (snippet.output.length === 0) return;
    expect(matches(printed, snippet.output), comparison(printed, snippet)).toBe(true);
  });

  it.each(ofKind('serves'))('serves: $name', async (snippet) => {
    const { printed, metrics } = await scrapeInNode(snippet);
    expect(matches(printed, snippet.output), comparison(printed, snippet)).toBe(true);
    expect(metrics.split('\n')).toEqual(expect.arrayContaining([...snippet.scraped]));
  });

  it('is run, but for a few exceptions', () => {
    expect(ofKind('no-run').length).toBeLessThanOrEqual(6);
  });
});

const hasBrowser = requirePart('chromium', chromiumPath());

describe.skipIf(!hasBrowser).each([true, false])('in a page, isolated: %s', (isolated) => {
  let browser: TestBrowser;
  let site: Site;

  beforeAll(async () => {
    const dependencies = join(root, 'node_modules/idb-keyval/dist/');
    const roots = { '/package/': join(root, 'dist/'), '/idb-keyval/': dependencies };
    const routes = Object.fromEntries(
      await Promise.all(
        ofKind('browser').map(async (snippet) => [`/${snippet.id}`, await htmlOf(snippet)]),
      ),
    );
    site = await serveFolder({ isolated, roots, routes });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it.each(ofKind('browser'))('$name runs', async (snippet) => {
    const context = await browser.newContext();
    const { page, errors } = await browser.openPage(`${site.url}/${snippet.id}`, context);
    await page.waitForFunction('globalThis.finished === true');
    const printed = await page.evaluate<string[]>('globalThis.printed');
    await context.close();
    expect(errors).toEqual([]);
    expect(matches(printed, snippet.output), comparison(printed, snippet)).toBe(true);
  });
});

/** Returns the errors, each as `docs/page.md:12: what is wrong`. */
function typeErrors(checked: readonly Snippet[]): string[] {
  const names = new Map(checked.map(({ id, name }) => [join(folder, `${id}.ts`), name]));
  const texts = new Map(checked.map(({ id, code }) => [join(folder, `${id}.ts`), code]));
  const { config } = ts.readConfigFile(join(root, 'test/tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    {
      ...config,
      compilerOptions: {
        ...config.compilerOptions,
        moduleDetection: 'force',
        noUncheckedIndexedAccess: true,
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
    },
    ts.sys,
    join(root, 'test'),
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  const files = [...texts.keys(), join(root, 'src/places/comlink-node-adapter.d.ts')];
  const program = ts.createProgram(files, options, host);
  return [...texts.keys()].flatMap((file) => {
    const source = program.getSourceFile(file)!;
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return found.map(({ start, messageText }) => {
      const { line } = source.getLineAndCharacterOfPosition(start ?? 0);
      const text = ts.flattenDiagnosticMessageText(messageText, '\n');
      return `${names.get(file)}, line ${line + 1} of the code: ${text}`;
    });
  });
}

/** Resolves to the path of a program that Node can run. */
async function writtenForNode({ id, code }: Snippet): Promise<string> {
  const file = join(folder, id, `${id}.mjs`);
  await mkdir(dirname(file), { recursive: true });
  // On this machine the ports that the text names may be taken.
  const { code: runnable } = await transform(
    code.replaceAll('port: 9464', 'port: 0').replace('listen(8000', 'listen(0'),
    {
      loader: 'ts',
      target: 'es2022',
    },
  );
  await writeFile(file, runnable);
  return file;
}

/**
 * Runs a program that prints its address and goes on. Resolves to what it printed, and to the metrics there. The address
 * is printed with the port that the text names.
 */
async function scrapeInNode(snippet: Snippet): Promise<{ printed: string[]; metrics: string }> {
  const file = await writtenForNode(snippet);
  const program = spawn(process.execPath, [file], { cwd: dirname(file), timeout: 100_000 });
  try {
    const printed: string[] = [];
    for await (const line of createInterface({ input: program.stdout })) {
      printed.push(line.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:9464'));
      const [url] = /http:\/\/\S+/.exec(line) ?? [];
      if (url) return { printed, metrics: await (await fetch(url)).text() };
    }
    throw new Error(`${snippet.name} has ended without an address`);
  } finally {
    program.kill();
    await once(program, 'close');
  }
}

/** Resolves to what the program printed, line by line. Rejects unless it ends by itself with exit code 0. */
async function runInNode(snippet: Snippet): Promise<string[]> {
  const { name } = snippet;
  const file = await writtenForNode(snippet);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [file], {
      cwd: dirname(file),
      timeout: 100_000,
    });
    return stdout.split('\n').slice(0, -1);
  } catch (error) {
    const { stdout, stderr, killed } = error as { stdout: string; stderr: string; killed: boolean };
    throw new Error(`${name} ${killed ? 'did not end' : 'failed'}:\n${stdout}${stderr}`);
  }
}

async function htmlOf({ code }: Snippet): Promise<string> {
  const imports = {
    'utilityfog-telemetry': '/package/index.js',
    'utilityfog-telemetry/alerting': '/package/alerting.js',
    'utilityfog-telemetry/analytics': '/package/analytics.js',
    'utilityfog-telemetry/browser': '/package/browser.js',
    'utilityfog-telemetry/history': '/package/history.js',
    'utilityfog-telemetry/promql': '/package/promql.js',
    'utilityfog-telemetry/worker': '/package/worker.js',
    'idb-keyval': '/idb-keyval/index.js',
  };
  const { code: runnable } = await transform(code, { loader: 'ts', target: 'es2022' });
  return `<!doctype html>
<script type="importmap">${JSON.stringify({ imports })}</script>
<button>Sign in</button>
<pre></pre>
<script type="module">
globalThis.printed = [];
console.log = (text) => printed.push(...String(text).split('\\n'));
</script>
<script type="module">${runnable}\nglobalThis.finished = true;</script>`;
}

function comparison(printed: readonly string[], { name, output }: Snippet): string {
  return `${name} shows\n${output.join('\n')}\nand prints\n${printed.join('\n')}`;
}
