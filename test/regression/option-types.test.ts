/** `bearerToken: process.env.TOKEN` must compile, even under `exactOptionalPropertyTypes`. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

describe('the types of options', () => {
  it('let undefined stand for what is not given', () => {
    const config = ts.readConfigFile(`${source}../tsconfig.json`, ts.sys.readFile).config;
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, `${source}..`);
    const bridges = readdirSync(`${source}bridges`).map((name) => `bridges/${name}`);
    const entries = ['index.ts', 'edge.ts', ...bridges].map((name) => source + name);
    const program = ts.createProgram(entries, options);
    const checker = program.getTypeChecker();
    const strict: string[] = [];
    let seen = 0;
    const look = (node: ts.Node): void => {
      if (ts.isInterfaceDeclaration(node) && /Options|Props$/.test(node.name.text)) {
        for (const member of node.members) {
          if (!ts.isPropertySignature(member) || !member.questionToken || !member.type) continue;
          seen++;
          const type = checker.getTypeFromTypeNode(member.type);
          const parts = type.isUnion() ? type.types : [type];
          const any = ts.TypeFlags.Undefined | ts.TypeFlags.Unknown | ts.TypeFlags.Any;
          if (parts.some(({ flags }) => flags & any)) continue;
          strict.push(`${node.name.text}.${member.name.getText()}: add "| undefined"`);
        }
      }
      ts.forEachChild(node, look);
    };
    for (const file of program.getSourceFiles()) if (file.fileName.startsWith(source)) look(file);
    expect(seen).toBeGreaterThan(30);
    expect(strict).toEqual([]);
  });
});
