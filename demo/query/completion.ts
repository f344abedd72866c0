/** Completes what is being written in an expression. */
import { contextAt, type Wanted } from './cursor-context.ts';
import type { Vocabulary } from './vocabulary.ts';
import { WORDS, type WordKind } from './words.ts';

export interface Option {
  readonly kind: WordKind | 'metric' | 'label' | 'value' | 'duration';
  /** What is shown, and what the written word is compared with. */
  readonly name: string;
  /** What it is, or what it takes. */
  readonly hint: string;
  /** What is written in place of the word. */
  readonly insert: string;
}

export interface Completion {
  readonly from: number;
  readonly to: number;
  /** The best first. */
  readonly options: readonly Option[];
  /** Whether the word that stands there is one already. Then none of the options is chosen beforehand. */
  readonly complete: boolean;
}

const MOST_OPTIONS = 40;
const DURATIONS = ['5s', '10s', '15s', '30s', '1m', '2m', '5m', '15m'];
const UNITS = ['ms', 's', 'm', 'h', 'd'];

/**
 * @param asked whether somebody has asked for it: then a word need not have begun
 */
export function complete(
  text: string,
  cursor: number,
  vocabulary: Vocabulary,
  asked = false,
): Completion | undefined {
  const context = contextAt(text, cursor);
  if (!context) return undefined;
  const { wanted, from, to } = context;
  const word = text.slice(from, cursor);
  if (wanted.kind === 'word' && word === '' && !asked) return undefined;
  const all = optionsFor(wanted, word, text.slice(to), vocabulary);
  const whole = text.slice(from, to);
  const options = ranked(all, word)
    .filter(({ name }) => name !== whole)
    .slice(0, MOST_OPTIONS);
  if (options.length === 0) return undefined;
  return { from, to, options, complete: all.some(({ name }) => name === whole) };
}

function optionsFor(wanted: Wanted, word: string, rest: string, vocabulary: Vocabulary): Option[] {
  switch (wanted.kind) {
    case 'label': {
      // In braces the matcher is begun, so that the values are offered next.
      const end = wanted.inBraces && !/^\s*[=!]/.test(rest) ? '="' : '';
      return vocabulary
        .labelsOf(wanted.metrics)
        .filter((name) => !wanted.used.includes(name))
        .map((name) => ({ kind: 'label', name, hint: '', insert: name + end }));
    }
    case 'value': {
      const end = /^["'`]/.test(rest) ? '' : '"';
      return vocabulary.valuesOf(wanted.label, wanted.metrics).map((name) => ({
        kind: 'value',
        name,
        hint: '',
        insert: JSON.stringify(name).slice(1, -1) + end,
      }));
    }
    case 'duration': {
      const count = /^\d+/.exec(word)?.[0];
      const names = count ? UNITS.map((unit) => count + unit) : DURATIONS;
      return names.map((name) => ({ kind: 'duration', name, hint: '', insert: name }));
    }
    case 'word':
      return [...metricOptions(vocabulary), ...wordOptions(rest)];
  }
}

function metricOptions({ metrics }: Vocabulary): Option[] {
  return [...metrics].map(([name, hint]) => ({ kind: 'metric', name, hint, insert: name }));
}

function wordOptions(rest: string): Option[] {
  return [...WORDS].map(([name, { kind, takes }]) => {
    const opens = kind !== 'keyword' && !/^\s*(\(|by\b|without\b)/.test(rest);
    return { kind, name, hint: takes, insert: opens ? `${name}(` : name };
  });
}

/** Returns the options that have the word in them: at their beginning, then behind a `_` or `:`, then anywhere. */
function ranked(options: readonly Option[], word: string): Option[] {
  const sought = word.toLowerCase();
  const rankOf = (name: string) => {
    const at = name.toLowerCase().indexOf(sought);
    if (at <= 0) return at;
    return /[_:]/.test(name[at - 1]) ? 1 : 2;
  };
  return options
    .map((option) => ({ option, rank: rankOf(option.name) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .map(({ option }) => option);
}
