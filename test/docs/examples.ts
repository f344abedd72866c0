/** Reads the examples that stand in the documentation comments of what the package exports. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { blocksIn, root, type Snippet, toSnippet } from './markdown.ts';

interface SubpathsModule {
  readonly SUBPATHS: readonly { readonly name: string; readonly source: string }[];
}
const { SUBPATHS } = (await import(
  new URL('../../scripts/subpaths.mjs', import.meta.url).href
)) as SubpathsModule;

/** A function or class that can be imported. */
export interface Exported {
  readonly subpath: string;
  readonly name: string;
  readonly examples: readonly Snippet[];
}

type Declared = ts.FunctionDeclaration | ts.ClassDeclaration;

/** Returns every exported function and class, once. */
export function exportedCode(): Exported[] {
  const seen = new Set<Declared>();
  return SUBPATHS.flatMap(({ name: subpath, source }) =>
    declarationsOf(`src/${source}`).flatMap((declared) => {
      if (seen.has(declared)) return [];
      seen.add(declared);
      return [{ subpath, name: declared.name?.text ?? 'default', examples: examplesOf(declared) }];
    }),
  );
}

const parsed = new Map<string, ts.SourceFile>();

function parse(path: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known) return known;
  const text = readFileSync(join(root, path), 'utf8');
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  parsed.set(path, tree);
  return tree;
}

const isCode = (node: ts.Node): node is Declared =>
  ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node);
const isExported = (node: Declared) =>
  node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

/** Returns the functions and classes that a file exports, whichever file declares them. */
function declarationsOf(path: string): Declared[] {
  const { statements } = parse(path);
  const own = statements.filter(isCode).filter(isExported);
  const passedOn = statements.filter(ts.isExportDeclaration).flatMap((statement) => {
    const { exportClause, moduleSpecifier } = statement;
    const names =
      exportClause && ts.isNamedExports(exportClause)
        ? exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
        : undefined;
    const target = moduleSpecifier && ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text;
    if (target) return declarationsOf(join(dirname(path), target)).filter(isNamed(names));
    return (names ?? []).flatMap((name) => imported(path, name));
  });
  return [...own.filter(firstOfName), ...passedOn];
}

const isNamed = (names: readonly string[] | undefined) => (declared: Declared) =>
  names === undefined || names.includes(declared.name?.text ?? '');

/** Of a function with several signatures, the first carries the comment. */
const firstOfName = ({ name }: Declared, i: number, all: readonly Declared[]) =>
  all.findIndex((other) => other.name?.text === name?.text) === i;

/** Returns what a name means in a file that imports and exports it in two statements. */
function imported(path: string, name: string): Declared[] {
  for (const statement of parse(path).statements.filter(ts.isImportDeclaration)) {
    const bindings = statement.importClause?.namedBindings;
    const target = (statement.moduleSpecifier as ts.StringLiteral).text;
    if (!target.startsWith('.') || !bindings || !ts.isNamedImports(bindings)) continue;
    if (bindings.elements.some((element) => element.name.text === name)) {
      return declarationsOf(join(dirname(path), target)).filter(isNamed([name]));
    }
  }
  return [];
}

function examplesOf(declared: Declared): Snippet[] {
  const file = declared.getSourceFile();
  return ts.getJSDocTags(declared).flatMap((tag) => {
    if (tag.tagName.text !== 'example') return [];
    const line = file.getLineAndCharacterOfPosition(tag.getStart()).line + 1;
    const text = ts.getTextOfJSDocComment(tag.comment) ?? '';
    return blocksIn(file.fileName, text).map((block) =>
      toSnippet({ ...block, line: line + block.line }),
    );
  });
}
