/** Tests which rule files are good, and what is said of those that are not. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ruleChecks } from '../../src/features/alerting/rule-checks.ts';
import { describeError, readRuleFile } from '../../src/features/alerting/rule-file.ts';
import { parseYaml } from '../../src/features/alerting/yaml/yaml.ts';
import { languageOf } from '../../src/promql/language.ts';
import { makeFolder } from '../folder.ts';
import { promtoolPath, requirePart } from '../parts.ts';
import { BAD, DIFFERENT_IN_2_42, GOOD } from './rule-files.ts';

const read = (rules: string | object, file = 'rules.yml') =>
  readRuleFile({ file, rules }, ruleChecks(languageOf({}), parseYaml));
const errorsOf = (rules: string | object) => read(rules).errors.map(describeError);

describe('a rule file', () => {
  it.each(GOOD)('is good: %s', (_, text) => {
    expect(errorsOf(text)).toEqual([]);
  });

  it.each(BAD)('is bad: %s', (_, text) => {
    expect(errorsOf(text)).not.toEqual([]);
  });

  it.each(DIFFERENT_IN_2_42)('is as in Prometheus 3: %s', (_, text, valid) => {
    expect(errorsOf(text).length === 0).toBe(valid);
  });

  it('is read with all that it says', () => {
    const text = `groups:
  - name: g
    interval: 1m30s
    query_offset: 10s
    limit: 7
    labels: {team: a, x: group}
    rules:
      - record: a:b
        expr: |
          sum(up) +
            1
        labels: {x: own}
      - {alert: A, expr: up == 0, for: 5m, keep_firing_for: 1h, annotations: {s: "{{ $value }}"}}
`;
    const common = {
      file: 'rules.yml',
      name: 'g',
      interval: 90_000,
      queryOffset: 10_000,
      limit: 7,
    };
    expect(read(text)).toEqual({
      errors: [],
      groups: [
        {
          ...common,
          rules: [
            {
              ...{ kind: 'recording', name: 'a:b', expr: 'sum(up) +\n  1\n', query: 'sum(up) + 1' },
              labels: { team: 'a', x: 'own' },
            },
            {
              ...{ kind: 'alerting', name: 'A', expr: 'up == 0', query: 'up == 0' },
              ...{ for: 300_000, keepFiringFor: 3_600_000, labels: { team: 'a', x: 'group' } },
              annotations: { s: '{{ $value }}' },
            },
          ],
        },
      ],
    });
  });

  it('may be an object', () => {
    const rules = [{ alert: 'A', expr: 'up == 0', for: '5m', labels: { x: '1' } }];
    const { groups, errors } = read({ groups: [{ name: 'g', limit: 3, rules }] });
    expect(errors).toEqual([]);
    expect(groups).toMatchObject([{ limit: 3, rules: [{ name: 'A', for: 300_000 }] }]);
    const [wrong] = errorsOf({ groups: [{ name: 'g', rules: [{ alert: 'A' }] }] });
    expect(wrong).toBe(`rules.yml:1:1: group "g", rule 1, "A": field 'expr' must be set in rule`);
  });
});

describe('a mistake', () => {
  const text = `groups:
  - name: first
    interval: 5x
    rules:
      - alert: A
        expr: sum(
      - record: x:y
        expr: |
          up +
            1 +
        for: 5m
      - alert: B
        foo: 1
        expr: up
  - name: second
    rules: [{record: a, expr: up}]
  - name: second
    rules: []
`;

  it('has a place', () => {
    const known = 'record, alert, expr, for, keep_firing_for, labels, annotations';
    expect(errorsOf(text)).toEqual([
      'rules.yml:3:15: group "first", interval: not a valid duration string: "5x"',
      'rules.yml:6:15: group "first", rule 1, "A": could not parse expression: 1:5: parse error: unclosed left parenthesis',
      'rules.yml:8:15: group "first", rule 2, "x:y": could not parse expression: 3:1: parse error: unexpected end of input',
      `rules.yml:7:17: group "first", rule 2, "x:y": invalid field 'for' in recording rule`,
      `rules.yml:13:14: group "first", rule 3, "B": a rule has no field "foo"; there are ${known}`,
      'rules.yml:17:5: group "second", groupname: "second" is repeated in the same file',
    ]);
  });

  it('concerns its group only', () => {
    expect(read(text).groups.map(({ name }) => name)).toEqual(['second']);
  });

  it('in the text itself concerns all groups, and has a place, too', () => {
    const { groups, errors } = read('groups:\n- name: g\n  rules: [\n');
    expect(groups).toEqual([]);
    expect(errors).toMatchObject([{ file: 'rules.yml', line: 4, column: 1 }]);
  });
});

describe('hostile text', () => {
  it('with aliases of aliases is refused soon', () => {
    const lists = Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
    const text = `a0: &a0 [x, y]\n${lists.join('\n')}\n`;
    expect(errorsOf(text)).toEqual([
      expect.stringMatching(/aliases make more than 1000000 values/),
    ]);
  });

  it.each([
    [
      'merged',
      `a0: &a0 {x: y}\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: [*a${i}, *a${i}]}`).join('\n')}\n`,
    ],
    ['deep', `groups: ${'['.repeat(100_000)}`],
    ['long', 'x'.repeat(5_000_000)],
    ['binary', '\u0000\u0001'],
    ['named by __proto__', '{"__proto__": 1, "groups": [{"__proto__": {}, "name": "g"}]}'],
  ])('that is %s is refused', (_, text) => {
    expect(errorsOf(text)).not.toEqual([]);
    expect(({} as { x?: string }).x).toBeUndefined();
  });
});

const promtool = promtoolPath();
describe.skipIf(!requirePart('promtool', promtool))('promtool', () => {
  it('says the same of all of them', async () => {
    const different = DIFFERENT_IN_2_42.map(([name, text]) => [name, text] as const);
    const all = [...GOOD, ...BAD, ...different];
    const { good } = await checkedByPromtool(all.map(([, text]) => text));
    const ours = all.map(([, text]) => read(text).errors.length === 0);
    const disagree = all.flatMap(([name], i) => (good[i] === ours[i] ? [] : [name]));
    expect(disagree).toEqual(
      DIFFERENT_IN_2_42.filter(([name]) => !/__name__/.test(name)).map(([name]) => name),
    );
  });

  const shared = '../shared/promql/rules';
  const files = existsSync(shared)
    ? readdirSync(shared, { recursive: true, encoding: 'utf8' }).filter((one) =>
        /\.ya?ml$/.test(one),
      )
    : [];
  it.skipIf(files.length === 0)('and we take all real rule files', async () => {
    const texts = files.map((file) => readFileSync(join(shared, file), 'utf8'));
    const { good } = await checkedByPromtool(texts);
    const disagree = files.filter((_, i) => good[i] !== (errorsOf(texts[i]!).length === 0));
    expect(disagree).toEqual([]);
    expect(good.filter(Boolean).length).toBeGreaterThan(100);
  });
});

/** Returns which of the texts are good rule files, says promtool. */
async function checkedByPromtool(texts: readonly string[]): Promise<{ good: boolean[] }> {
  const folder = await makeFolder();
  const files = texts.map((_, i) => join(folder, `rules-${i}.yml`));
  await Promise.all(files.map((file, i) => writeFile(file, texts[i]!)));
  const output = await new Promise<string>((resolve) => {
    const options = ['check', 'rules', '--lint=none', ...files];
    execFile(promtool!, options, (_, stdout, stderr) => resolve(`${stdout}\n${stderr}`));
  });
  const good = files.map((file) => output.includes(`Checking ${file}\n  SUCCESS`));
  return { good };
}
