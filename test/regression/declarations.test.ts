/** The published declarations compile with all checks, which applications have with `skipLibCheck: false`. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dist = `${root}dist/`;

it('the declarations have no mistakes', () => {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.d\.c?ts$/.test(file),
  );
  const program = ts.createProgram(
    files.map((file) => dist + file),
    {
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      exactOptionalPropertyTypes: true,
      types: ['node'],
      typeRoots: [`${root}node_modules/@types`],
    },
  );
  // Other packages may have mistakes of their own.
  const ours = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(dist));
  const mistakes = ours.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  const told = mistakes.map(
    ({ file, messageText }) =>
      `${file?.fileName.slice(dist.length)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
  expect(files.length).toBeGreaterThan(20);
  expect(ours.length).toBeGreaterThanOrEqual(files.length);
  expect(told).toEqual([]);
});
