/** The build shortens some property names: they must be known to nobody but the package itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const typescript = dirname(fileURLToPath(import.meta.resolve('typescript')));
const { href } = new URL('../scripts/internal-names.mjs', import.meta.url);
const { internalNames } = (await import(href)) as { internalNames: Record<string, string> };
const names = Object.keys(internalNames);

function filesIn(folder: string, pattern: RegExp): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => pattern.test(file)).map((file) => join(folder, file));
}

/** Names of properties and methods: declared, written, read and taken apart. */
function propertiesIn(file: string, counts: (node: ts.Node) => boolean): Set<string> {
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    const name = counts(node) && nameOf(node);
    if (name) found.add(name);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function nameOf(node: ts.Node): string | undefined {
  const { name, propertyName } = node as { name?: ts.Node; propertyName?: ts.Node };
  const own = propertyName ?? name;
  return own && (ts.isIdentifier(own) || ts.isStringLiteral(own)) ? own.text : undefined;
}

const isDeclared = (node: ts.Node) =>
  ts.isTypeElement(node) || ts.isClassElement(node) || ts.isObjectLiteralElementLike(node);
const isUsed = (node: ts.Node) =>
  isDeclared(node) || ts.isPropertyAccessExpression(node) || ts.isBindingElement(node);
const isInInterface = (node: ts.Node) => ts.isTypeElement(node);

const isExported = (node: ts.Node): boolean => {
  if (ts.isExportSpecifier(node)) return true;
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return !!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
};

const clashes = (files: readonly string[], counts: (node: ts.Node) => boolean) =>
  files.flatMap((file) => {
    const properties = propertiesIn(file, counts);
    return names.filter((name) => properties.has(name)).map((name) => `${name} in ${file}`);
  });

describe('the names that the build shortens', () => {
  it('are not those of the declarations that applications compile against', () => {
    expect(clashes(filesIn(join(root, 'dist'), /\.d\.ts$/), isDeclared)).toEqual([]);
  });

  it('do not travel between threads, versions or runs', () => {
    const travelling = [
      'model',
      'collector/protocol',
      'collector/estate',
      'collector/series-table',
      'collector/totals-record',
      'pages/memory-copier',
    ].map((file) => join(root, 'src', `${file}.ts`));
    expect(clashes(travelling, isInInterface)).toEqual([]);
  });

  it('are not in rooms that write what others read, or read what others write', () => {
    const rooms = filesIn(
      join(root, 'src'),
      /^(events|exporters|formats|hooks|middleware|storage)\/|^(instrument|http-handler)\.ts$/,
    );
    expect(rooms.length).toBeGreaterThan(20);
    expect(clashes(rooms, isUsed)).toEqual([]);
  });

  it('are not those of the platforms', () => {
    expect(
      clashes(filesIn(typescript, /^lib\.(dom|webworker|es\d+.*)\.d\.ts$/), isDeclared),
    ).toEqual([]);
  });

  it('are not exports, which a module that is loaded on demand has as properties', () => {
    expect(clashes(filesIn(join(root, 'src'), /\.ts$/), isExported)).toEqual([]);
  });

  it('are all in use, and all different', () => {
    const used = new Set(
      filesIn(join(root, 'src'), /\.ts$/).flatMap((file) => [...propertiesIn(file, isUsed)]),
    );
    expect(names.filter((name) => !used.has(name))).toEqual([]);
    expect(new Set(Object.values(internalNames)).size).toBe(names.length);
  });
});
