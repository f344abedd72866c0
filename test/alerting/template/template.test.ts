import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  expand,
  parseTemplate,
  type TemplateData,
} from '../../../src/features/alerting/template/template.ts';
import { parseHistogram } from '../../../src/promql/histogram/histogram-text.ts';
import { LabelSet } from '../../../src/promql/label-set.ts';
import { languageOf } from '../../../src/promql/language.ts';

/** The same as in ask-go.go. */
const DATA: TemplateData = {
  labels: { __name__: 'm', a: 'x', job: 'api', é: 'ü\n"<&\'', url: 'a.b:80' },
  externalLabels: { dc: 'eu' },
  externalURL: 'http://host:9090/path',
  value: 1234.5,
  time: 1_353_755_652_000,
  language: languageOf({}),
  async query(expression) {
    if (expression === 'none') return [];
    if (expression === 'bad') throw new Error('1:1: parse error: no');
    return [
      { labels: LabelSet.of({ instance: 'b', __value__: 'v' }), value: 2.5 },
      { labels: LabelSet.of({ instance: 'a', job: expression }), value: 1e6 },
    ];
  },
};

const FAILED = '<error expanding template: error executing template test: ';

/** Expands a template, or returns what is wrong with it. */
async function expanded(template: string, data = DATA): Promise<{ text?: string; error?: string }> {
  try {
    const text = await expand(parseTemplate(template, 'test'), data);
    if (!text.startsWith(FAILED)) return { text };
    return { error: text.slice(FAILED.length, -1) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** Recorded by ask-go.go. */
const answers: { template: string; text?: string; error?: string }[] = readFileSync(
  new URL('go-answers.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

describe('a template', () => {
  it.each(answers)('$template does what it does in Go', async ({ template, text, error }) => {
    expect(await expanded(template)).toEqual(error === undefined ? { text } : { error });
  });
});

const x500 = (text: string) => text.repeat(500);

describe('the functions of Prometheus', () => {
  it.each([
    ['{{ humanize 0.12 }} {{ humanize -1234567 }} {{ humanize "1e-5" }}', '120m -1.235M 10u'],
    [
      '{{ humanize1024 1048576 }} {{ humanize1024 0.5 }} {{ humanize1024 -2e30 }}',
      '1Mi 0.5 -1.654e+06Yi',
    ],
    ['{{ humanizePercentage 0.12345678 }} {{ "-2" | humanizePercentage }}', '12.35% -200%'],
    ['{{ humanizeDuration 90061.5 }} {{ humanizeDuration -61 }}', '1d 1h 1m 1s -1m 1s'],
    ['{{ humanizeDuration 0.0005 }} {{ humanizeDuration 59.999 }}', '500us 60s'],
    ['{{ humanizeTimestamp 1435065584.128 }}', '2015-06-23 13:19:44.128 +0000 UTC'],
    [
      '{{ humanizeTimestamp -1 }} {{ humanizeTimestamp 10.1 }}',
      '1969-12-31 23:59:59 +0000 UTC 1970-01-01 00:00:10.1 +0000 UTC',
    ],
    [
      '{{ humanizeTimestamp "NaN" }} {{ humanize "-inf" }} {{ humanizeDuration "+Inf" }}',
      'NaN -Inf +Inf',
    ],
    [
      '{{ parseDuration "1h2m10ms" }} {{ parseDuration "-1d" }} {{ parseDuration "0" }}',
      '3720.01 -86400 0',
    ],
    ['{{ title "aa bb-cc it\'s CC" }}', "Aa Bb-Cc It's CC"],
    ['{{ tableLink "up == 0" }}', '/graph?g0.expr=up+%3D%3D+0&g0.tab=1'],
    ['{{ externalURL }} {{ pathPrefix }}', 'http://host:9090/path /path'],
    ['{{ now }} {{ now | humanizeTimestamp }}', '1.353755652e+09 2012-11-24 11:14:12 +0000 UTC'],
  ])('%s are known', async (template, text) => {
    expect(await expanded(template)).toEqual({ text });
  });

  it.each([
    ['humanize "one"', 'strconv.ParseFloat: parsing "one": invalid syntax'],
    ['humanize "1e999"', 'strconv.ParseFloat: parsing "1e999": value out of range'],
    ['humanize .Labels', "can't convert map[string]string to float"],
    [
      'humanizeTimestamp 1e20',
      '1e+20 cannot be represented as a nanoseconds timestamp since it overflows int64',
    ],
    ['parseDuration ""', 'empty duration string'],
    ['parseDuration "1x"', 'not a valid duration string: "1x"'],
    ['parseDuration "1s1h"', 'not a valid duration string: "1s1h"'],
  ])('%s fails', async (call, problem) => {
    const { error } = await expanded(`{{ ${call} }}`);
    const name = call.split(' ')[0];
    expect(error).toBe(
      `template: test:1:115: executing "test" at <${call}>: error calling ${name}: ${problem}`,
    );
  });
});

describe('what newer versions of Go have', () => {
  it('is known', async () => {
    const chain = '{{ with 0 }}a{{ else with "b" }}{{ . }}{{ else }}c{{ end }}';
    expect(await expanded(chain)).toEqual({ text: 'b' });
    expect(await expanded('{{ range $i := 3 }}{{ $i }}{{ end }}')).toEqual({ text: '012' });
  });
});

describe('a hostile template', () => {
  it('sees labels only, whatever they are called', async () => {
    const labels = JSON.parse('{"__proto__": "p", "constructor": "c"}');
    const template = '{{ $labels.__proto__ }}{{ .Labels.constructor }}{{ $labels.hasOwnProperty }}';
    expect(await expanded(template, { ...DATA, labels })).toEqual({ text: 'pc' });
  });

  const x = (count: number, text: string) => text.repeat(count);
  it.each([
    ['prints too much', '{{ range 40000 }}xxx{{ end }}', /prints more than 65536 characters/],
    [
      'makes too long a text',
      `{{ $x := "${x(100, 'x')}" }}${x(20, '{{ $x = print $x $x }}')}`,
      /result is longer/,
    ],
    ['runs for ever', '{{ range 90000 }}{{ range 90000 }}{{ end }}{{ end }}', /too many steps/],
    ['counts too far', '{{ range 9000000000000000 }}{{ end }}', /too many steps/],
    [
      'calls itself',
      '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}',
      /maximum template depth/,
    ],
    ['nests blocks', x(5000, '{{ if 1 }}'), /nested too deeply/],
    ['nests parentheses', `{{ ${x(5000, '(')}1${x(5000, ')')} }}`, /nested too deeply/],
    ['chains blocks', `{{ if 0 }}${x(5000, '{{ else if 0 }}')}{{ end }}`, /nested too deeply/],
    ['pads', '{{ printf "%99999d" 1 }}', /BADWIDTH/],
    ['asks for digits', '{{ printf "%.99999f" 1.5 }}', /BADPREC/],
    ['searches', `{{ reReplaceAll "a(.*b)?" "" "${x(20_000, 'a')}" }}`, /takes too many steps/],
    [
      'asks too often',
      '{{ range $i := 200 }}{{ query (print $i) | first | value }}{{ end }}',
      /more than 100 queries/,
    ],
  ])('that %s is stopped', async (_, template, problem) => {
    const { text, error } = await expanded(template);
    expect(error ?? text).toMatch(problem);
  });
});

describe('a long template', () => {
  it('may have as many actions as it likes, one after the other', async () => {
    const template = x500('{{ if (eq (len "a") 1) }}{{ else if 1 }}{{ end }}b');
    expect(await expanded(template)).toEqual({ text: x500('b') });
  });
});

describe('numbers that are none', () => {
  it('are not padded with zeros', async () => {
    const template = '{{ printf "%06.1f|%-6v|%+f|% f" $value $value $value $value }}';
    const texts = [Infinity, -Infinity, Number.NaN].map((value) =>
      expanded(template, { ...DATA, value }),
    );
    expect(await Promise.all(texts)).toEqual([
      { text: '  +Inf|+Inf  |+Inf| Inf' },
      { text: '  -Inf|-Inf  |-Inf|-Inf' },
      { text: '   NaN|NaN   |+NaN| NaN' },
    ]);
  });
});

describe('the queries of a template', () => {
  it('are asked one after the other, and each once', async () => {
    const asked: string[] = [];
    const data = {
      ...DATA,
      query(expression: string) {
        asked.push(expression);
        return DATA.query!(expression);
      },
    };
    const template =
      '{{ $a := query "a" | first | value }}{{ range $i := 3 }}{{ query "b" | len }}{{ query "a" | len }}{{ end }}';
    expect(await expanded(template, data)).toEqual({ text: '222222' });
    expect(asked).toEqual(['a', 'b']);
  });

  it('fail where there is nobody to ask', async () => {
    const { error } = await expanded('{{ query "up" }}', { ...DATA, query: undefined });
    expect(error).toContain('error calling query: queries are not possible here');
  });
});

describe('an alert', () => {
  it('may have a histogram as its value', async () => {
    const histogram = parseHistogram('{{schema:0 count:3 sum:10 buckets:[0 3]}}').histogram;
    const query = async () => [{ labels: LabelSet.of({}), value: 0, histogram }];
    const data = { ...DATA, histogram, query };
    const template = '{{ $value }} {{ .Value }} {{ query "h" | first | value }}';
    const text = '{count:3, sum:10, (1,2]:3}';
    expect(await expanded(template, data)).toEqual({ text: `${text} ${text} ${text}` });
    expect((await expanded('{{ humanize $value }}', data)).error).toContain(
      "can't convert *histogram.FloatHistogram to float",
    );
  });

  it('shows what is wrong in place of the text', async () => {
    const template = parseTemplate('a {{ query "none" | first }}', '__alert_Down');
    expect(await expand(template, DATA)).toBe(
      '<error expanding template: error executing template __alert_Down: template: __alert_Down:1:132: executing "__alert_Down" at <first>: error calling first: first() called on vector with no elements>',
    );
  });

  it('has no template that cannot be read', () => {
    expect(() => parseTemplate('a\n{{ nope }}', 't')).toThrow(
      expect.objectContaining({
        name: 'TemplateError',
        line: 2,
        message: 'template: t:2: function "nope" not defined',
      }),
    );
  });
});
