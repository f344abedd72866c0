/** Prometheus' own tests of PromQL, in large part. They are not part of the repository. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine, memorySource, type Source } from 'utilityfog-telemetry/promql/engine';
import { describe, expect, it } from 'vitest';
import {
  asInstant,
  type Command,
  type Eval,
  expectsFailure,
  faultOf,
  isExpectedFailure,
  Store,
} from './prometheus-suite.ts';

/** It has no types. */
const { committedTable, suiteTable } = await import(
  new URL('../../scripts/promql-table.mjs', import.meta.url).href
);
const shared = fileURLToPath(new URL('../../../shared/promql/', import.meta.url));
const isThere = existsSync(`${shared}suite/index.json`);

interface Entry {
  readonly file: string;
  readonly line: number;
  readonly class: string;
}

const reader = isThere ? await import(`${shared}tools/testfile.mjs`) : undefined;
const index: readonly Entry[] = isThere
  ? JSON.parse(readFileSync(`${shared}suite/index.json`, 'utf8'))
  : [];
const files = isThere
  ? readdirSync(`${shared}suite`).filter((file) => file.endsWith('.test'))
  : ['none'];

/** What scripts/promql-table.mjs makes the table of. */
const RESULTS = fileURLToPath(new URL('../../.parts/promql-suite.json', import.meta.url));

describe.skipIf(!isThere)('the suite of Prometheus', () => {
  const found: { file: string; class: string; holds: boolean }[] = [];

  it.each(files)('%s', async (file) => {
    const faults: string[] = [];
    let store = new Store();
    let source: Source | undefined;
    const { commands } = reader.parseTest(readFileSync(`${shared}suite/${file}`, 'utf8'));
    for (const command of commands as Command[]) {
      if (command.kind === 'clear') store = new Store();
      else if (command.kind === 'load') store.load(command);
      if (command.kind !== 'eval') {
        source = undefined;
        continue;
      }
      source ??= memorySource(store.series);
      const fault = await run(command, source);
      if (fault) faults.push(`${command.line}: ${command.expr}: ${fault}`);
      const entry = index.find((one) => one.file === file && one.line === command.line)!;
      found.push({ file, class: entry.class, holds: !fault });
    }
    expect(faults).toEqual([]);
  });

  it('holds as far as the table in docs/promql.md says (node scripts/promql-table.mjs)', async () => {
    mkdirSync(dirname(RESULTS), { recursive: true });
    writeFileSync(RESULTS, JSON.stringify(found));
    expect((await committedTable()).table).toBe(suiteTable(found));
  });

  it('has evals of all classes', () => {
    const classes = new Set(index.map((entry) => entry.class));
    expect([...classes].sort()).toEqual([
      'core',
      'duration',
      'experimental',
      'native',
      'native+experimental',
    ]);
  });
});

/** Runs an eval, and an instant one as a range query, too. Returns what was wrong. */
async function run(test: Eval, source: Source): Promise<string | undefined> {
  const engine = createEngine(source, { experimental: true, delayedNameRemoval: true });
  const failure = expectsFailure(test);
  const { expr, at } = test;
  try {
    const result =
      at === undefined
        ? await engine.queryRange(expr, seconds(test))
        : await engine.query(expr, { time: (test.range?.to ?? at) / 1000 });
    if (failure) return 'does not fail';
    const fault = faultOf(test, result);
    if (fault || at === undefined || !isSameInRange(test)) return fault;
    const times = seconds({ from: at - 60_000, to: at + 60_000, step: 60_000 });
    const again = asInstant(await engine.queryRange(expr, times), test);
    const rangeFault = faultOf({ ...test, expects: [] }, again);
    return rangeFault && `as a range query: ${rangeFault}`;
  } catch (error) {
    if (failure && isExpectedFailure(error as Error, failure)) return undefined;
    return `fails: ${error}`;
  }
}

function seconds({ from, to, step }: Pick<Eval, 'from' | 'to' | 'step'>) {
  return { start: from / 1000, end: to / 1000, step: step / 1000 };
}

/** Whether an instant eval must give the same in the middle of a range. */
function isSameInRange({ range, string, mode, expects, expr }: Eval): boolean {
  const isOrdered = mode === 'ordered' || expects.some(({ what }) => what === 'ordered');
  return !range && string === undefined && !isOrdered && !/(start|end|range|step)\(\)/.test(expr);
}
