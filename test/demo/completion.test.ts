/** Tests what the query box of the demo completes. The cursor stands at the `|`. */
import { describe, expect, test } from 'vitest';
import { complete } from '../../demo/query/completion.ts';
import { Vocabulary } from '../../demo/query/vocabulary.ts';
import { WORDS } from '../../demo/query/words.ts';
import { FUNCTIONS } from '../../src/promql/functions.ts';

const vocabulary = new Vocabulary([
  { name: 'foglets_alive', type: 'gauge', description: 'Foglets that are alive.' },
  { name: 'latency_seconds', type: 'histogram', description: 'Latency.' },
  { name: 'sent_total', type: 'counter', description: 'Sent.' },
]);
vocabulary.learn([
  { __name__: 'foglets_alive', level: '10' },
  { __name__: 'foglets_alive', level: '9' },
  { __name__: 'sent_total', kind: 'order' },
  { __name__: 'sent_total', kind: 'a "peer"' },
  { __name__: 'latency_seconds_bucket', le: '+Inf' },
  { __name__: 'job:sent:rate1m' },
]);

/** Returns the texts with which each option would replace the word at the cursor. */
function results(marked: string, asked = false): string[] {
  const cursor = marked.indexOf('|');
  const text = marked.replace('|', '');
  const completion = complete(text, cursor, vocabulary, asked);
  if (!completion) return [];
  const { from, to, options } = completion;
  return options.map(({ insert }) => text.slice(0, from) + insert + text.slice(to));
}

describe('names of metrics', () => {
  test.each([
    ['foglets|', ['foglets_alive']],
    ['rate(foglets|', ['rate(foglets_alive']],
    ['fog|lets_dead + 1', ['foglets_alive + 1']],
    ['ali|', ['foglets_alive']],
    ['ALIV|', ['foglets_alive']],
    ['latency|', ['bucket', 'count', 'sum'].map((end) => `latency_seconds_${end}`)],
    ['job|', ['job:sent:rate1m']],
    ['# foglets|', []],
    ['"foglets|', []],
    ['foglets_alive|', []],
  ])('%s', (text, expected) => {
    expect(results(text)).toEqual(expected);
  });

  test('have their descriptions beside them', () => {
    expect(complete('foglets', 7, vocabulary)?.options[0].hint).toBe('Foglets that are alive.');
  });
});

describe('functions, aggregators and keywords', () => {
  test.each([
    ['histogram_q|', ['histogram_quantile(']],
    ['histogram_q|(0.5, x)', ['histogram_quantile(0.5, x)']],
    ['topk|', []],
    ['top|', ['topk(']],
    ['cou| by (x) (y)', ['count by (x) (y)']],
    ['sum withou|', ['sum without']],
  ])('%s', (text, expected) => {
    expect(results(text).slice(0, 1)).toEqual(expected);
  });

  test('there are all functions that need not be enabled', () => {
    const stable = [...FUNCTIONS].filter(([, { experimental }]) => !experimental);
    const offered = [...WORDS].filter(([, { kind }]) => kind === 'function');
    const names = (entries: typeof stable | typeof offered) => entries.map(([name]) => name).sort();
    expect(names(offered)).toEqual(names(stable));
  });

  test('what begins with the word comes first', () => {
    const names = results('rate|');
    expect(names).toContain('irate(');
    expect(results('rat|').slice(0, 2)).toEqual(['rate(', 'job:sent:rate1m']);
  });

  test('a word that is complete is not replaced unless somebody chooses so', () => {
    expect(complete('rate', 4, vocabulary)).toMatchObject({ complete: true });
    expect(complete('rat', 3, vocabulary)).toMatchObject({ complete: false });
  });

  test('nothing is offered before a word has begun, unless it is asked for', () => {
    expect(results('|')).toEqual([]);
    expect(results('|', true)).toContain('foglets_alive');
  });
});

describe('labels and their values', () => {
  test.each([
    ['foglets_alive{|', ['foglets_alive{level="']],
    ['foglets_alive{l|="9"}', ['foglets_alive{level="9"}']],
    ['foglets_alive{level="9", |', []],
    ['unknown{le|', ['unknown{level="']],
    ['sum by (|', ['sum by (kind', 'sum by (le', 'sum by (level']],
    ['sum by (|) (sent_total)', ['sum by (kind) (sent_total)']],
    ['sum by (kind, |) (sent_total)', []],
    ['a / on (lev|', ['a / on (level']],
    ['foglets_alive{level="|', ['foglets_alive{level="9"', 'foglets_alive{level="10"']],
    ['foglets_alive{level="1|"}', ['foglets_alive{level="10"}']],
    ['foglets_alive{level=~"|"}', ['foglets_alive{level=~"9"}', 'foglets_alive{level=~"10"}']],
    ['sent_total{kind="a|"}', ['sent_total{kind="a \\"peer\\""}']],
    ['label_replace(x, "|', []],
    // The text goes on behind an escaped quote, and labels are not offered in it.
    ['sent_total{x="\\"|', []],
    ['sent_total{x="\\\\"|', ['sent_total{x="\\\\"kind="']],
  ])('%s', (text, expected) => {
    expect(results(text)).toEqual(expected);
  });
});

describe('durations', () => {
  test.each([
    ['rate(x[|', 'rate(x[10s'],
    ['rate(x[2|', 'rate(x[2m'],
    ['rate(x[2|s])', 'rate(x[2h])'],
    ['x offset |', 'x offset 5m'],
  ])('%s', (text, expected) => {
    expect(results(text)).toContain(expected);
  });
});
