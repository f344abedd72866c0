/** What editors show of the package: each public name and member has a sentence in the declarations that are published. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

interface TableModule {
  readonly SUBPATHS: readonly { readonly name: string }[];
}

const root = new URL('../../', import.meta.url);
const { SUBPATHS } = (await import(
  new URL('scripts/subpaths.mjs', root).href
)) as unknown as TableModule;
const dist = fileURLToPath(new URL('dist/', root));
const fileOf = (name: string) => `${dist}${name}.d.ts`;

const program = ts.createProgram(
  SUBPATHS.map(({ name }) => fileOf(name)),
  {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [fileURLToPath(new URL('node_modules/@types', root))],
  },
);
const checker = program.getTypeChecker();

const isMember = (node: ts.Node): node is ts.TypeElement | ts.ClassElement =>
  ts.isTypeElement(node) || ts.isClassElement(node);
const isHidden = (node: ts.Declaration) =>
  (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0 ||
  (isMember(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name));
const hasSentence = (symbol: ts.Symbol) =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() !== '';

/** Returns what a name stands for, wherever it was declared. */
const meantBy = (symbol: ts.Symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
const ownDeclarations = (symbol: ts.Symbol) =>
  (symbol.declarations ?? []).filter((one) => one.getSourceFile().fileName.startsWith(dist));

/** Returns the names below `symbol` that have no sentence, also of the types that it mentions. */
function silentIn(symbol: ts.Symbol, seen: Set<ts.Symbol>): string[] {
  if (seen.has(symbol)) return [];
  seen.add(symbol);
  return ownDeclarations(symbol).flatMap((one) => silentBelow(one, symbol.name, seen));
}

/** `path` names the declaration around `node`. */
function silentBelow(node: ts.Node, path: string, seen: Set<ts.Symbol>): string[] {
  const silent: string[] = [];
  ts.forEachChild(node, (child) => {
    let name = path;
    if (isMember(child) && child.name) {
      if (isHidden(child)) return;
      name = `${path}.${child.name.getText()}`;
      const symbol = checker.getSymbolAtLocation(child.name);
      if (isOfName(child) && symbol && !hasSentence(symbol)) silent.push(name);
    }
    const mentioned = mentionedBy(child);
    if (mentioned) silent.push(...silentIn(meantBy(mentioned), seen));
    silent.push(...silentBelow(child, name, seen));
  });
  return silent;
}

/** Whether a member is of something that has a name. Of what is written out within a type, the name around it tells. */
function isOfName({ parent }: ts.Node): boolean {
  if (!ts.isTypeLiteralNode(parent)) return true;
  let around: ts.Node = parent.parent;
  while (ts.isIntersectionTypeNode(around)) around = around.parent;
  return ts.isTypeAliasDeclaration(around) || ts.isVariableDeclaration(around);
}

function mentionedBy(node: ts.Node): ts.Symbol | undefined {
  if (ts.isTypeReferenceNode(node)) return checker.getSymbolAtLocation(node.typeName);
  if (ts.isExpressionWithTypeArguments(node)) return checker.getSymbolAtLocation(node.expression);
  return ts.isTypeQueryNode(node) ? checker.getSymbolAtLocation(node.exprName) : undefined;
}

/** The object with all names of prom-client, each of which is documented where it is exported by itself. */
const isWhole = (symbol: ts.Symbol) => symbol.name === 'default';

describe.each(SUBPATHS)('the declarations of $name', ({ name }) => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(fileOf(name))!);
  // A subpath that only does something when it is imported has no names.
  const names = module ? checker.getExportsOfModule(module).filter((one) => !isWhole(one)) : [];

  it('say what each name is', () => {
    const silent = names.filter((one) => ownDeclarations(meantBy(one)).length > 0);
    expect(silent.filter((one) => !hasSentence(meantBy(one))).map((one) => one.name)).toEqual([]);
  });

  it('say what each member is', () => {
    const seen = new Set<ts.Symbol>();
    const silent = new Set(names.flatMap((one) => silentIn(meantBy(one), seen)));
    expect([...silent]).toEqual([]);
    if (names.length > 0) expect(seen.size).toBeGreaterThan(0);
  });
});
