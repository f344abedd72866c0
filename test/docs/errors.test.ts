/** What errors say, as far as the sources tell it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { read, root } from './markdown.ts';

interface Thrown {
  readonly where: string;
  readonly code: string;
  /** The message as it is written; empty if it is made elsewhere. */
  readonly message: string;
}

/** A function beside `TelemetryError` makes such errors, too. */
const MAKERS = ['TelemetryError', 'wrong'];

function thrownIn(file: string): Thrown[] {
  const text = readFileSync(join(root, 'src', file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Thrown[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
      const [code, message] = node.arguments ?? [];
      if (MAKERS.includes(node.expression.getText()) && code && ts.isStringLiteral(code)) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        const isWritten =
          message && !ts.isIdentifier(message) && !ts.isPropertyAccessChain(message);
        found.push({
          where: `${file}:${line + 1}`,
          code: code.text,
          message: isWritten ? message.getText() : '',
        });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.filter(({ code }) => /^[a-z]+(_[a-z]+)+$/.test(code));
}

const thrown = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap(thrownIn);

describe('the errors of the library', () => {
  it('have codes that the table in docs/migration.md explains', () => {
    const rows =
      read('docs/migration.md')
        .match(/^\| `\w+`.*\|$/gm)
        ?.join('\n') ?? '';
    const unexplained = thrown.filter(({ code }) => !rows.includes(`\`${code}\``));
    expect(thrown.length).toBeGreaterThan(30);
    expect(unexplained).toEqual([]);
  });

  it('say of an option what was meant', () => {
    // Others pass on what another function says.
    const inWords = thrown.filter(
      ({ code, message }) => code === 'invalid_option' && /[a-z]{3} [a-z]+/.test(message),
    );
    expect(inWords.length).toBeGreaterThan(5);
    const meant = /must|need|cannot|choose|call it/;
    expect(inWords.filter(({ message }) => !meant.test(message))).toEqual([]);
  });
});
