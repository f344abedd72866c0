#!/usr/bin/env node
import process from 'node:process';
import { checkRules } from './check-rules.ts';
import { filesHere } from './files.ts';
import { testRules } from './test-rules.ts';

const USAGE = `Usage:
  utilityfog-telemetry check-rules FILE...   checks files of rules
  utilityfog-telemetry test-rules FILE...    runs unit tests of rules, as promtool has them

The exit status is 0 if all is well, 1 if a file is wrong or a test fails, and 2 if the command is not known.
`;

const COMMANDS = new Map([
  ['check-rules', checkRules],
  ['test-rules', testRules],
]);

const [name = '', ...paths] = process.argv.slice(2);
const command = COMMANDS.get(name);
if (command && paths.length > 0) {
  const output = {
    say: (line: string) => process.stdout.write(`${line}\n`),
    complain: (line: string) => process.stderr.write(`${line}\n`),
  };
  process.exitCode = (await command(paths, filesHere, output)) ? 0 : 1;
} else if (/^(-h|--help|help)$/.test(name)) {
  process.stdout.write(USAGE);
} else {
  const what = command
    ? `${name} needs at least one file`
    : `there is no command ${JSON.stringify(name)}`;
  process.stderr.write(`utilityfog-telemetry: ${what}\n\n${USAGE}`);
  process.exitCode = 2;
}
