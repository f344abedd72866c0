import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { promtoolPath, requirePart } from '../parts.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, '.parts/command');
const promtool = promtoolPath();
const hasPromtool = requirePart('promtool', promtool);

interface Outcome {
  readonly status: number;
  readonly said: string;
  readonly complained: string;
}

/** Runs a program in the folder of the tests. */
function run(program: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: folder, timeout: 100_000 }, (error, said, complained) => {
      resolve({ status: error ? Number(error.code) : 0, said, complained });
    });
  });
}

const command = (...args: string[]) =>
  run(process.execPath, join(root, 'dist/command.js'), ...args);

beforeAll(() => mkdir(folder, { recursive: true }));

/** Writes files, and returns the path of the first. */
async function write(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return Object.keys(files)[0]!;
}

const RULES = `
groups:
  - name: jobs
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
      - alert: JobDown
        expr: job:up:sum == 0
        for: 2m
        labels: { severity: page }
        annotations: { summary: "{{ $labels.job }} is down in {{ $externalLabels.zone }}: {{ $value }}" }
`;

describe('test-rules', () => {
  it('runs the tests of the ready rules', async () => {
    const files = (await readdir(join(root, 'test/rules'))).map((file) =>
      join(root, 'test/rules', file),
    );
    const { status, said, complained } = await command('test-rules', ...files);
    expect(complained).toBe('');
    expect(said.match(/SUCCESS/g)).toHaveLength(files.length);
    expect(status).toBe(0);
  });

  const testOf = (alerts: string, value: number) => `
rule_files: [ 'jobs-*.yml' ]
evaluation_interval: 1m
tests:
  - name: one of two jobs goes
    interval: 1m
    external_labels: { zone: fog }
    input_series:
      - { series: 'up{job="a",instance="0"}', values: 1 1 0x10 }
      - { series: 'up{job="a",instance="1"}', values: 1 0 _ 0x10 }
      - { series: 'up{job="b",instance="0"}', values: 1x12 }
    alert_rule_test:
      - { eval_time: 3m, alertname: JobDown, exp_alerts: [] }
      - eval_time: 5m30s
        alertname: JobDown
        exp_alerts: ${alerts}
    promql_expr_test:
      - expr: job:up:sum
        eval_time: 1m
        exp_samples:
          - { labels: 'job:up:sum{job="a"}', value: ${value} }
          - { labels: 'job:up:sum{job="b"}', value: 1 }
      - { expr: count(up) * 2, eval_time: 10m, exp_samples: [ { labels: '{}', value: 6 } ] }
      - { expr: '3', eval_time: 1m, exp_samples: [ { value: 3 } ] }
      - { expr: absent(up), eval_time: 1m }
`;
  const FIRES = `
          - exp_labels: { job: a, severity: page }
            exp_annotations: { summary: "a is down in fog: 0" }`;

  const cases = [
    ['what is as expected', FIRES, 1, 0],
    ['an alert that does not fire', ' []', 1, 1],
    ['another value', FIRES, 2, 1],
    ['another annotation', FIRES.replace('fog', 'space'), 1, 1],
  ] as const;

  it.each(cases)('judges %s as promtool does', async (_, alerts, value, status) => {
    const file = await write({ 'judged.yml': testOf(alerts, value), 'jobs-1.yml': RULES });
    expect(await command('test-rules', file)).toMatchObject({ status });
    if (hasPromtool) expect(await run(promtool!, 'test', 'rules', file)).toMatchObject({ status });
  });

  it('shows what differs', async () => {
    const text = testOf(FIRES.replace('fog', 'space'), 2);
    const file = await write({ 'different.yml': text, 'jobs-1.yml': RULES });
    const { said, complained } = await command('test-rules', file);
    expect(said).toBe('Unit Testing:  different.yml\n\n');
    expect(complained).toBe(`  FAILED:
    name: one of two jobs goes,
    alertname: JobDown, time: 5m30s (-: expected, +: got)
    - labels: {alertname="JobDown", job="a", severity="page"} annotations: {summary="a is down in space: 0"}
    + labels: {alertname="JobDown", job="a", severity="page"} annotations: {summary="a is down in fog: 0"}
    name: one of two jobs goes,
    expr: "job:up:sum", time: 1m (-: expected, +: got)
    - job:up:sum{job="a"} 2
    + job:up:sum{job="a"} 1
`);
  });

  it('takes what Prometheus 3 has added', async () => {
    const file = await write({
      'newer.yml': `
fuzzy_compare: true
tests:
  - start_timestamp: 2026-01-01T00:00:00Z
    interval: 1m
    input_series:
      - { series: fog, values: 0+0.1x10 }
      - { series: mist, values: '{{schema:0 sum:3 count:2 buckets:[1 1]}}x3' }
    promql_expr_test:
      - { expr: fog, eval_time: 3m, exp_samples: [ { labels: fog, value: 0.3 } ] }
      - { expr: timestamp(fog), eval_time: 1m, exp_samples: [ { labels: '{}', value: 1767225660 } ] }
      - expr: mist
        eval_time: 1m
        exp_samples: [ { labels: mist, histogram: '{{schema:0 counter_reset_hint:not_reset sum:3 count:2 buckets:[1 1]}}' } ]
`,
    });
    expect(await command('test-rules', file)).toMatchObject({ status: 0, complained: '' });
  });

  it('records native histograms as rules of Prometheus 3 do', async () => {
    const first = '{{schema:0 count:3 sum:5 buckets:[1 2]}}';
    const file = await write({
      'histograms.yml': `
rule_files: [ took.yml ]
tests:
  - interval: 1m
    input_series:
      - { series: 'took{route="a"}', values: '${first}+${first}x10' }
      - { series: 'took{route="b"}', values: '${first}x3 stale' }
    promql_expr_test:
      - expr: job:took
        eval_time: 2m
        exp_samples: [ { labels: job:took, histogram: '{{schema:0 counter_reset_hint:not_reset count:12 sum:20 buckets:[4 8]}}' } ]
      - expr: job:took:rate{route="a"}
        eval_time: 5m
        exp_samples: [ { labels: 'job:took:rate{route="a"}', histogram: '{{schema:0 counter_reset_hint:gauge count:0.05 sum:0.08333333333333333 buckets:[0.016666666666666666 0.03333333333333333]}}' } ]
      - { expr: job:took:median, eval_time: 2m, exp_samples: [ { labels: job:took:median, value: 1.189207115002721 } ] }
      - { expr: 'by:route:took{route="b"}', eval_time: 4m }
`,
      'took.yml': `
groups:
  - name: took
    rules:
      - { record: job:took, expr: sum(took) }
      - { record: job:took:rate, expr: 'rate(took[5m])' }
      - { record: job:took:median, expr: 'histogram_quantile(0.5, job:took)' }
      - { record: by:route:took, expr: took }
`,
    });
    expect(await command('test-rules', file)).toMatchObject({ status: 0, complained: '' });
  });

  it('evaluates groups in the order that is asked for', async () => {
    const group = (name: string, expr: string) =>
      `  - { name: ${name}, rules: [ { record: ${name}, expr: ${expr} } ] }`;
    const file = await write({
      'order.yml': `
rule_files: [ ordered.yml ]
group_eval_order: [ second, third ]
tests:
  - input_series: [ { series: first, values: 5 } ]
    promql_expr_test:
      - { expr: third, eval_time: 0, exp_samples: [ { labels: third, value: 7 } ] }
`,
      'ordered.yml': `groups:\n${group('third', 'second + 1')}\n${group('second', 'first + 1')}\n`,
    });
    expect(await command('test-rules', file)).toMatchObject({ status: 0, complained: '' });
  });

  it('tells of rules that cannot be evaluated', async () => {
    const file = await write({
      'failing.yml': `
rule_files: [ fails.yml ]
tests:
  - input_series:
      - { series: 'a{x="1"}', values: 1 }
      - { series: 'b{x="1",y="1"}', values: 1 }
      - { series: 'b{x="1",y="2"}', values: 1 }
`,
      'fails.yml': 'groups: [ { name: g, rules: [ { record: r, expr: a + on (x) b } ] } ]',
    });
    const { status, complained } = await command('test-rules', file);
    expect(complained).toContain(
      'rule: r, time: 0s, err: found duplicate series for the match group',
    );
    expect(status).toBe(1);
  });

  const unusable = [
    ['an unknown field', 'tests: [ { intervall: 1m } ]', /1:\d+: a test has no field "intervall"/],
    [
      'a text as a number',
      'tests: [ { promql_expr_test: [ { exp_samples: [ { value: x } ] } ] } ]',
      /value must be a number/,
    ],
    ['no YAML', 'tests: [', /unexpected end/],
    ['nothing', '', /the file is empty/],
    [
      'files that are not there',
      'rule_files: [ nowhere-*.yml ]',
      /no file matches "nowhere-\*\.yml"/,
    ],
    [
      'a series that cannot be read',
      'tests: [ { input_series: [ { series: "x{", values: 1 } ] } ]',
      /input_series "x\{"/,
    ],
    [
      'an expression that cannot be read',
      'tests: [ { promql_expr_test: [ { expr: "sum(" } ] } ]',
      /expr: "sum\(", time: 0s, err:/,
    ],
  ] as const;
  it.each(unusable)('refuses a file with %s', async (_, text, message) => {
    const { status, complained } = await command('test-rules', await write({ 'bad.yml': text }));
    expect(complained).toMatch(message);
    expect(status).toBe(1);
  });
});

describe('check-rules', () => {
  it('accepts sound files', async () => {
    const file = await write({ 'sound.yml': RULES });
    const { status, said } = await command('check-rules', file);
    expect(said).toBe('Checking sound.yml\n  SUCCESS: 2 rules found\n\n');
    expect(status).toBe(0);
  });

  it('says where what is wrong', async () => {
    const wrong = RULES.replace('sum by (job) (up)', 'sum by (job (up)');
    const file = await write({ 'wrong.yml': wrong });
    const { status, complained } = await command('check-rules', file, 'missing.yml');
    expect(complained).toMatch(
      /^ {2}FAILED: 1 mistake\n {4}wrong\.yml:6:15: group "jobs", rule 1, "job:up:sum": could not parse expression: 1:\d+: parse error: /,
    );
    expect(complained).toMatch(/FAILED: ENOENT/);
    expect(status).toBe(1);
  });
});

describe('the command', () => {
  it('says what it can do', async () => {
    const { status, said } = await command('--help');
    expect(said).toContain('utilityfog-telemetry check-rules FILE...');
    expect(status).toBe(0);
  });

  it.each([[['test-rule', 'x.yml']], [['test-rules']], [[]]])('refuses %j', async (args) => {
    const { status, complained } = await command(...args);
    expect(complained).toContain('Usage:');
    expect(status).toBe(2);
  });
});
