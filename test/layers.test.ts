/** The rooms of src/ as data, and what the code in each may know. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const src = join(root, 'src/');

/**
 * The rooms from the top floor down, each with the side that its code runs on, if it runs on one only. A file
 * imports from rooms below its own, never from one above.
 *
 * Every page that uses the package downloads what the recording side imports. So that side knows the types of
 * the other, and loads it with `import()`.
 */
const ROOMS: Readonly<Record<string, 'recording' | 'collector' | undefined>> = {
  command: undefined,
  'edge.ts': undefined,
  'index.ts': 'recording',
  bridges: 'recording',
  hooks: 'recording',
  features: undefined,
  exporters: 'recording',
  'get-collector.ts': 'recording',
  'telemetry-collector.ts': 'recording',
  'collector-options.ts': 'recording',
  places: undefined,
  links: 'recording',
  http: undefined,
  collector: 'collector',
  delivery: 'collector',
  formats: 'collector',
  promql: 'collector',
  analytics: 'collector',
  metrics: 'recording',
  events: undefined,
  compact: undefined,
  protocol: undefined,
  kinds: undefined,
  storage: 'collector',
  pages: undefined,
  bytes: undefined,
  'options.ts': undefined,
  'model.ts': undefined,
  'concurrency-limit.ts': undefined,
  platform: undefined,
};
const FLOORS = Object.keys(ROOMS);

/** A kind has files for both sides. Those for the collector have these names. */
const READS_KINDS =
  /^kinds\/(.*\/)?(reading|native-reading|sole-thread|sums|claimed-sums|reading-kinds|sole-thread-kinds|merged-counts|recent-quantiles|claims)\.ts$/;
const sideOf = (file: string) => (READS_KINDS.test(file) ? 'collector' : ROOMS[roomOf(file)]);

/** Rooms whose code is given to the collector when it is made. It knows only their types. */
const GIVEN_TO_COLLECTOR = ['delivery', 'formats'];

/**
 * Packages, and the rooms that may import them. Every room may know the types of `node:` modules, and the command
 * runs where they are.
 */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@bufbuild/protobuf': ['bridges'],
  '@grafana/grafana-foundation-sdk': ['bridges'],
  '@opentelemetry/api': ['bridges'],
  '@stablelib/snappy': ['bytes'],
  comlink: ['links', 'places'],
  'crc-32': ['storage'],
  'idb-keyval': ['storage'],
  'js-yaml': ['features'],
  hono: ['bridges'],
  react: ['bridges'],
  'web-vitals': ['hooks'],
};

/** Names in package.json for what differs between builds, each with all the files that it may mean. */
const CHOSEN_BY_BUILD: Readonly<Record<string, readonly string[]>> = {
  '#place': ['places/edge.ts', 'places/node.ts', 'places/web.ts'],
  '#runtime-metrics': ['hooks/edge-metrics.ts', 'hooks/node-metrics.ts', 'hooks/web-metrics.ts'],
  '#native-code': [
    'kinds/native/at-hand.ts',
    'kinds/native/edge-on-demand.ts',
    'kinds/native/on-demand.ts',
  ],
  '#inline': ['places/inline.ts'],
  '#worker-text': ['places/worker-text.ts'],
};

type Manner = 'imports' | 'loads' | 'types';

interface Use {
  readonly manner: Manner;
  /** A file of src/, or a package. */
  readonly of: string;
}

const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => {
    const tree = ts.createSourceFile(
      file,
      readFileSync(join(src, file), 'utf8'),
      ts.ScriptTarget.Latest,
    );
    return { file, room: roomOf(file), tree, uses: usesOf(file, tree) };
  });

function roomOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file;
}

function isOurs(of: string): boolean {
  return Object.hasOwn(ROOMS, roomOf(of));
}

function usesOf(file: string, tree: ts.SourceFile): Use[] {
  const uses: Use[] = [];
  const use = (manner: Manner, specifier: ts.Node | undefined) => {
    if (!specifier || !ts.isStringLiteral(specifier)) return;
    const { text } = specifier;
    const path = text.startsWith('.') ? relative(src, join(src, dirname(file), text)) : text;
    for (const of of CHOSEN_BY_BUILD[path] ?? [path]) uses.push({ manner, of });
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
  return uses;
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

/** Returns a way from a file back to itself along its imports, also of types, if there is one. */
function circleThrough(file: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const waiting = [file];
  for (const one of waiting) {
    for (const { of } of sources.find((source) => source.file === one)?.uses ?? []) {
      if (of === file) {
        const way = [one];
        while (way[0] !== file) way.unshift(cameFrom.get(way[0]!)!);
        return [...way, file];
      }
      if (cameFrom.has(of)) continue;
      cameFrom.set(of, one);
      waiting.push(of);
    }
  }
  return undefined;
}

/** Returns the names that are used as values, not as properties or keys. */
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
  it('are those of the plan', () => {
    expect([...new Set(sources.map(({ room }) => room))].sort()).toEqual([...FLOORS].sort());
  });

  it.each(sources)('$file imports from rooms below its own only', ({ room, uses }) => {
    const below = FLOORS.slice(FLOORS.indexOf(room) + 1);
    const others = uses.map(({ of }) => of).filter((of) => isOurs(of) && roomOf(of) !== room);
    expect(others.filter((of) => !below.includes(roomOf(of)))).toEqual([]);
  });

  it.each(sources)('$file is part of no circle', ({ file }) => {
    expect(circleThrough(file)).toBeUndefined();
  });

  const recording = sources.filter(({ room }) => ROOMS[room] === 'recording');
  it.each(recording)('$file loads the other side only when it is needed', ({ uses }) => {
    const imported = uses.filter(({ manner, of }) => manner === 'imports' && isOurs(of));
    expect(imported.filter(({ of }) => sideOf(of) === 'collector')).toEqual([]);
  });

  const ofKinds = sources.filter(({ file }) => /^kinds\/.*\/.*(shape|recording)\.ts$/.test(file));
  it.each(ofKinds)(
    '$file is for threads that record, and imports nothing of the collector',
    (of) => {
      const imported = of.uses.filter(({ manner }) => manner === 'imports').map(({ of }) => of);
      expect(imported.filter((file) => READS_KINDS.test(file))).toEqual([]);
    },
  );

  it('keep one kind from another', () => {
    const kindOf = (file: string) => /^kinds\/(.+)\//.exec(file)?.[1];
    // Histograms and summaries have native buckets. These know no kind.
    const shared = 'native';
    const kinds = sources.filter(({ file }) => kindOf(file));
    expect(new Set(kinds.map(({ file }) => kindOf(file)))).toEqual(
      new Set(['counter', 'gauge', 'histogram', 'info', 'state-set', 'summary', shared]),
    );
    for (const { file, uses } of kinds) {
      const others = uses.filter(({ of }) => kindOf(of) && kindOf(of) !== kindOf(file));
      expect(
        others.filter(({ of }) => kindOf(of) !== shared),
        file,
      ).toEqual([]);
    }
  });

  it('know kinds by their contract', () => {
    const named = sources.filter(({ room }) => ['collector', 'formats', 'pages'].includes(room));
    for (const { file, uses, tree } of named) {
      expect(
        uses.filter(({ of }) => /^kinds\/.+\//.test(of)),
        file,
      ).toEqual([]);
      // The collector has metrics of its own, and the formats have words for types that are the same.
      if (/own-metrics|prometheus-text|openmetrics|protobuf|otlp|compact/.test(file)) continue;
      expect(tree.text, file).not.toMatch(/'(counter|gauge|histogram|summary|info|stateset)'/);
    }
  });

  const collecting = sources.filter(({ room }) => room === 'collector');
  it.each(collecting)('$file knows formats and destinations by their types', ({ uses }) => {
    const known = uses.filter(({ of }) => GIVEN_TO_COLLECTOR.includes(roomOf(of)));
    expect(known.filter(({ manner }) => manner !== 'types')).toEqual([]);
  });

  it.each(sources.filter(({ room }) => room === 'protocol'))(
    '$file says what the two sides say to each other, in types',
    ({ tree }) => {
      const isType = (node: ts.Node) =>
        ts.isImportDeclaration(node) ||
        ts.isInterfaceDeclaration(node) ||
        ts.isTypeAliasDeclaration(node);
      expect(tree.statements.filter((node) => !isType(node))).toEqual([]);
    },
  );

  it('are all the files that imports lead to', () => {
    const files = sources.flatMap(({ uses }) => uses.map(({ of }) => of)).filter(isOurs);
    expect(files.filter((file) => !existsSync(join(src, file)))).toEqual([]);
  });

  it('know what stands for a name of package.json', () => {
    const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const [name, target] of Object.entries<string | Record<string, string>>(imports)) {
      const files = typeof target === 'string' ? [target] : Object.values(target);
      const known = CHOSEN_BY_BUILD[name]?.map((file) => `./src/${file}`);
      expect(known).toEqual(expect.arrayContaining(files));
    }
    expect(Object.keys(imports).sort()).toEqual(Object.keys(CHOSEN_BY_BUILD).sort());
  });
});

describe('packages', () => {
  const packageOf = (of: string) => of.replace(/^((?:@[^/]+\/)?[^/]+).*/, '$1');

  it.each(sources)('are imported by $file only where they may', ({ room, uses }) => {
    const foreign = uses.filter(({ of }) => !isOurs(of));
    const trespasses = foreign.filter(({ manner, of }) =>
      of.startsWith('node:')
        ? manner !== 'types' && room !== 'command'
        : !PACKAGES[packageOf(of)]?.includes(room) &&
          !(manner === 'types' && packageOf(of) === 'comlink'),
    );
    expect(trespasses).toEqual([]);
  });

  it('have no permission that nobody needs', () => {
    for (const [name, rooms] of Object.entries(PACKAGES)) {
      const users = sources.filter(({ uses }) => uses.some(({ of }) => packageOf(of) === name));
      expect([name, ...new Set(users.map(({ room }) => room))].sort()).toEqual(
        [name, ...rooms].sort(),
      );
    }
  });
});

describe('the globals of a runtime', () => {
  const names = new Set(['Deno', 'Bun', 'process', 'window', 'self', 'document', 'indexedDB']);
  const mayName =
    /^command\/|^platform\/|^places\/|^storage\/(filesystem|indexeddb)|^hooks\/((node|proc|browser)-metrics|page-)|^bridges\/(browser\/|prom-client\/default-(process|runtime))/;

  it.each(sources.filter(({ file }) => !mayName.test(file)))(
    'are not named in $file',
    ({ tree }) => {
      expect(globalsIn(tree, names)).toEqual([]);
    },
  );

  it('are named where they may', () => {
    const naming = sources.filter(({ tree }) => globalsIn(tree, names).length > 0);
    expect(naming.map(({ file }) => file)).toContain('places/node.ts');
    expect(naming.length).toBeGreaterThan(3);
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

  // What instrument() waits for is part of a request, and so uses the timers of that request.
  const mayUse = /^(platform\/timers|bridges\/instrument)\.ts$/;

  it.each(sources.filter(({ file }) => !mayUse.test(file)))(
    'of the moment, which a test may have replaced, are not used in $file',
    ({ tree }) => {
      expect(globalsIn(tree, names)).toEqual([]);
    },
  );
});

describe('the layout of shared memory', () => {
  const offset =
    /^(CONTROL|SEGMENT|RECORD|SERIES|GAUGE|HISTOGRAM|STATES|ADDRESS|LAYOUT)_[A-Z_]+$|^NATIVE_(HEAD|SIZE|SUM)$/;

  /** Returns the names of constants that are declared at the top of a file. */
  const constantsOf = (tree: ts.SourceFile) =>
    tree.statements
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => declarationList.declarations)
      .map(({ name }) => (ts.isIdentifier(name) ? name.text : ''));

  it('is defined in the room of pages, and for the block of a series in its kind', () => {
    const defining = sources.filter(({ tree }) => constantsOf(tree).some((n) => offset.test(n)));
    expect(defining.map(({ file }) => file).sort()).toEqual([
      'kinds/gauge/shape.ts',
      'kinds/histogram/shape.ts',
      'kinds/native/layout.ts',
      'kinds/state-set/shape.ts',
      'pages/journal-layout.ts',
      'pages/layout.ts',
    ]);
  });

  it('is known only to those who write cells and those who read them', () => {
    const knowing = sources.filter(
      ({ file, tree }) => file !== 'pages/layout.ts' && /pages\/layout|'\.\/layout/.test(tree.text),
    );
    const rooms = new Set(knowing.map(({ file }) => roomOf(file)));
    expect([...rooms].sort()).toEqual(['collector', 'kinds', 'pages', 'protocol']);
  });
});
