/** The plan of the building as data: which room of src/ may enter which. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src/', import.meta.url));

interface Room {
  /** What it may run. */
  readonly imports?: readonly string[];
  /** What it may load when it is needed, with `import()`. */
  readonly loads?: readonly string[];
  /** What it may know by its types only, and why. They cost nothing and pull nothing in. */
  readonly types?: Readonly<Record<string, string>>;
}

const PROTOCOL = 'protocol.ts is the contract with the collector side';
const SUBJECT = 'what an application hands over';

const ROOMS: Readonly<Record<string, Room>> = {
  'model.ts': {},
  'realm.ts': {},
  'timers.ts': {},
  'options.ts': { imports: ['model.ts'] },
  'shared-answers.ts': {},
  'turns.ts': {},
  bytes: {},
  pages: { imports: ['model.ts', 'realm.ts', 'timers.ts'] },
  metrics: { imports: ['model.ts', 'realm.ts', 'options.ts', 'pages'] },
  events: { imports: ['model.ts', 'realm.ts'] },

  collector: {
    imports: [
      'model.ts',
      'realm.ts',
      'timers.ts',
      'shared-answers.ts',
      'turns.ts',
      'pages',
      'bytes',
      'events',
    ],
    types: { storage: 'storage.ts is a contract; which storage it is, the services say' },
  },
  formats: { imports: ['model.ts', 'realm.ts', 'bytes'] },
  storage: {
    imports: ['model.ts', 'realm.ts', 'timers.ts', 'options.ts', 'bytes', 'crc-32', 'idb-keyval'],
  },

  'collector-options.ts': {
    imports: ['options.ts'],
    types: {
      'model.ts': 'what options are made of',
      collector: PROTOCOL,
      runtime: 'the kind of worker that an application may start itself',
    },
  },

  links: {
    imports: ['model.ts', 'realm.ts', 'timers.ts', 'turns.ts', 'pages', 'comlink'],
    types: {
      collector: PROTOCOL,
      runtime: 'runtime.ts is the contract with the place where this runs',
      metrics: 'the registry of the recorder whose memory it connects',
      events: 'the outbox and the hooks of the recorder that it connects',
    },
  },
  runtime: {
    imports: [
      'model.ts',
      'timers.ts',
      'options.ts',
      'collector-options.ts',
      'links',
      'storage',
      'inline-edge.ts',
      'comlink',
    ],
    loads: ['#inline', '#worker-text'],
    types: {
      collector: PROTOCOL,
      'telemetry-collector.ts': SUBJECT,
      'node:async_hooks': 'types of what process.getBuiltinModule returns',
      'node:http': 'types of what process.getBuiltinModule returns',
      'node:net': 'types of what process.getBuiltinModule returns',
      'node:os': 'types of what process.getBuiltinModule returns',
      'node:fs': 'types of what process.getBuiltinModule returns',
      'node:perf_hooks': 'types of what process.getBuiltinModule returns',
      'node:v8': 'types of what process.getBuiltinModule returns',
      'node:worker_threads': 'types of what process.getBuiltinModule returns',
    },
  },

  'telemetry-collector.ts': {
    imports: [
      'model.ts',
      'realm.ts',
      'options.ts',
      'collector-options.ts',
      'events',
      'metrics',
      '#runtime',
    ],
    loads: ['http-handler.ts'],
    types: {
      collector: PROTOCOL,
      links: 'the connection, which the runtime makes or loads',
      formats: 'the JSON shape of a snapshot',
    },
  },
  'get-collector.ts': {
    imports: ['telemetry-collector.ts', 'options.ts'],
    types: { 'collector-options.ts': 'what it passes on' },
  },
  exporters: {
    imports: ['model.ts', 'options.ts', 'timers.ts', '#runtime'],
    types: { collector: PROTOCOL, 'telemetry-collector.ts': SUBJECT },
  },
  hooks: {
    imports: ['#runtime', 'realm.ts', 'model.ts', 'options.ts'],
    types: { 'telemetry-collector.ts': SUBJECT },
  },
  'http-handler.ts': { imports: ['model.ts', 'runtime'], types: { collector: PROTOCOL } },

  // Where it is put together.
  'collector-services.ts': {
    imports: ['model.ts', 'runtime'],
    types: {
      collector: 'what surrounds it',
      'when-asked.ts': 'the place says whether it is loaded',
    },
  },
  'collector-export.ts': {
    imports: ['exporters', 'collector'],
    types: { storage: 'storage.ts is a contract; which storage it is, the place says' },
  },
  'services-here.ts': {
    imports: [
      'collector',
      'collector-services.ts',
      'collector-export.ts',
      'comlink',
      'formats',
      'links',
      'runtime',
      'timers.ts',
      'when-asked.ts',
    ],
  },
  'inline.ts': { imports: ['collector', 'services-here.ts'] },
  'worker.ts': { imports: ['collector', 'services-here.ts', 'runtime', 'links'] },
  // The edge has one thread and no place of its own to store: no worker, no comlink, no listener.
  'inline-edge.ts': {
    imports: ['collector', 'collector-services.ts', 'formats', 'storage'],
    loads: ['when-asked.ts', 'with-storage.ts'],
    types: {
      links: 'what the connection expects of a collector in its own thread',
      pages: 'how its cells are read',
      events: 'event-batch.ts is how they travel',
      'model.ts': 'events',
    },
  },
  'when-asked.ts': { imports: ['bytes', 'collector', 'formats'] },
  'with-storage.ts': { imports: ['collector', 'collector-export.ts'] },
  'worker-text.ts': {},
  'index.ts': {
    imports: [
      'model.ts',
      'telemetry-collector.ts',
      'get-collector.ts',
      'metrics',
      'exporters',
      'hooks',
    ],
    types: {
      collector: 'what flush() tells',
      formats: 'the JSON shape of a snapshot',
      links: 'what diagnostics() tells',
      'collector-options.ts': 'what an application may say',
    },
  },
  // What is not for every application: applications that do not import it do not pay for it.
  middleware: {
    imports: ['realm.ts', 'hono/route', 'react'],
    types: {
      'telemetry-collector.ts': SUBJECT,
      metrics: 'what the hooks return',
      'model.ts': 'the kinds of metric',
      'options.ts': 'rules, which the collector applies',
      hono: 'its middleware',
      'node:http': 'requests and responses',
    },
  },
  'instrument.ts': {
    imports: ['telemetry-collector.ts', 'options.ts', 'exporters', 'middleware'],
  },
  'edge.ts': { imports: ['index.ts', 'instrument.ts', 'storage'] },
  // The one file of Comlink's that comes without types.
  'comlink-node-adapter.d.ts': { types: { comlink: 'what the adapter returns' } },
};

type Manner = 'imports' | 'loads' | 'types';

interface Use {
  readonly manner: Manner;
  readonly of: string;
}

const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({
    file,
    tree: ts.createSourceFile(file, readFileSync(join(src, file), 'utf8'), ts.ScriptTarget.Latest),
  }));

function roomOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file;
}

/** Comlink's files count as comlink. */
function target(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier.replace(/^comlink\/.*/, 'comlink');
  return roomOf(relative(src, join(src, dirname(file), specifier)));
}

function usesOf(file: string, tree: ts.SourceFile): Use[] {
  const uses: Use[] = [];
  const use = (manner: Manner, specifier: ts.Node | undefined) => {
    if (specifier && ts.isStringLiteral(specifier)) {
      uses.push({ manner, of: target(file, specifier.text) });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) use(mannerOf(node.importClause), node.moduleSpecifier);
    else if (ts.isExportDeclaration(node)) use(exportManner(node), node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      use('types', node.argument.literal);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      use('loads', node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return uses.filter(({ of }) => of !== roomOf(file));
}

function mannerOf(clause: ts.ImportClause | undefined): Manner {
  const named = clause?.namedBindings;
  const onlyTypes =
    named && ts.isNamedImports(named) && named.elements.every(({ isTypeOnly }) => isTypeOnly);
  return clause?.isTypeOnly || (onlyTypes && !clause?.name) ? 'types' : 'imports';
}

function exportManner({ isTypeOnly, exportClause }: ts.ExportDeclaration): Manner {
  const named = exportClause && ts.isNamedExports(exportClause) ? exportClause.elements : undefined;
  return isTypeOnly || named?.every((one) => one.isTypeOnly) ? 'types' : 'imports';
}

/** Names that are used as values, not as properties or keys. */
function globalsIn(tree: ts.SourceFile, names: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    // Types may name a runtime, e.g. `NodeJS.ErrnoException`.
    if (ts.isTypeNode(node)) return;
    if (ts.isIdentifier(node) && names.has(node.text)) found.push(node.text);
    if (ts.isPropertyAccessExpression(node)) visit(node.expression);
    else ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

describe('the rooms of src', () => {
  it.each(sources)('$file enters only where it may', ({ file, tree }) => {
    const room = ROOMS[roomOf(file)];
    expect(room, `${file} is in no room of the plan`).toBeDefined();
    const { imports = [], loads = [], types = {} } = room;
    const allowed: Record<Manner, readonly string[]> = {
      imports,
      loads: [...imports, ...loads],
      types: [...imports, ...loads, ...Object.keys(types)],
    };
    const trespasses = usesOf(file, tree).filter(({ manner, of }) => !allowed[manner].includes(of));
    expect(trespasses).toEqual([]);
  });

  it('has no permission that nobody needs', () => {
    const unused: string[] = [];
    for (const [room, { imports = [], loads = [], types = {} }] of Object.entries(ROOMS)) {
      const used = sources
        .filter(({ file }) => roomOf(file) === room)
        .flatMap(({ file, tree }) => usesOf(file, tree));
      const idle = (manner: Manner, of: string) =>
        !used.some((use) => use.of === of && use.manner === manner);
      unused.push(
        ...imports.filter((of) => idle('imports', of) && idle('types', of)),
        ...loads.filter((of) => idle('loads', of)),
        ...Object.keys(types).filter((of) => idle('types', of)),
      );
    }
    expect(unused).toEqual([]);
  });
});

describe('the globals of a runtime', () => {
  const names = new Set(['Deno', 'Bun', 'process', 'window', 'self', 'document', 'indexedDB']);
  const mayName = /^runtime\/|^storage\/(filesystem|indexeddb)/;

  it.each(sources.filter(({ file }) => !mayName.test(file)))(
    'are not named in $file',
    ({ tree }) => {
      expect(globalsIn(tree, names)).toEqual([]);
    },
  );

  it('are named where they may', () => {
    const naming = sources.filter(({ tree }) => globalsIn(tree, names).length > 0);
    expect(naming.map(({ file }) => file)).toContain('runtime/node.ts');
    expect(naming.length).toBeGreaterThan(3);
  });

  it('are reached by no import statement of node:', () => {
    const nodeImports = sources.flatMap(({ file, tree }) =>
      usesOf(file, tree).filter(({ manner, of }) => manner !== 'types' && of.startsWith('node:')),
    );
    expect(nodeImports).toEqual([]);
  });
});

describe('timers and clocks', () => {
  const names = new Set([
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'clearInterval',
    'setImmediate',
    'queueMicrotask',
    'requestAnimationFrame',
  ]);

  // What instrument() waits for is part of a request: it has the time that the request has.
  const mayUse = /^(timers|instrument)\.ts$/;

  it.each(sources.filter(({ file }) => !mayUse.test(file)))(
    'of the moment, which a test may have replaced, are not used in $file',
    ({ tree }) => {
      expect(globalsIn(tree, names)).toEqual([]);
    },
  );
});

describe('the layout of shared memory', () => {
  const offset = /^(CONTROL|SEGMENT|RECORD|SERIES|GAUGE|HISTOGRAM|PLACE|LAYOUT)_[A-Z_]+$/;

  /** Constants, declared at the top of a file. */
  const constantsOf = (tree: ts.SourceFile) =>
    tree.statements
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => declarationList.declarations)
      .map(({ name }) => (ts.isIdentifier(name) ? name.text : ''));

  it('is defined in two files', () => {
    const defining = sources.filter(({ tree }) => constantsOf(tree).some((n) => offset.test(n)));
    expect(defining.map(({ file }) => file)).toEqual([
      'pages/journal-layout.ts',
      'pages/layout.ts',
    ]);
  });

  it('is known only to those who write cells and those who read them', () => {
    const knowing = sources.filter(
      ({ file, tree }) => file !== 'pages/layout.ts' && /pages\/layout|'\.\/layout/.test(tree.text),
    );
    const rooms = new Set(knowing.map(({ file }) => roomOf(file)));
    expect([...rooms].sort()).toEqual(['collector', 'metrics', 'pages']);
  });
});
