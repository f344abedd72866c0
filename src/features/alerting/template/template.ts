import { messageOf } from '../../../model.ts';
import type { VectorElement } from '../../../promql/engine.ts';
import type { FloatHistogram } from '../../../promql/histogram/float-histogram.ts';
import type { Language } from '../../../promql/language.ts';
import { evaluate } from './evaluator.ts';
import { Interruption, type Source } from './expressions.ts';
import { FUNCTIONS } from './functions.ts';
import { parseTemplateText } from './parser.ts';
import { GoMap, type List, Struct, type Value } from './values.ts';

/** A text in the language of Go's text/template, as rules have it in labels and annotations. */
export interface Template {
  /** The text itself, if nothing is to be expanded. */
  readonly plain?: string | undefined;
  readonly source?: Source | undefined;
}

export type TemplateLanguage = Pick<Language, 'compileSearch' | 'histogramText'>;

/** What a template may show of an alert. */
export interface TemplateData {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** The value, if it is a histogram. */
  readonly histogram?: FloatHistogram | undefined;
  readonly externalLabels?: Readonly<Record<string, string>> | undefined;
  readonly externalURL?: string | undefined;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Without it the functions that need regular expressions fail, and so does a template with a histogram. */
  readonly language?: TemplateLanguage | undefined;
  /** Answers the function `query`. Without it that function fails. */
  readonly query?: ((expression: string) => Promise<readonly VectorElement[]>) | undefined;
}

/** What Prometheus puts in front of every template. Columns in errors count it. */
const DEFINITIONS =
  '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}';
const DOT_TYPE =
  'struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }';
/** How many steps a template may take, how many characters it may print, and how many queries it may ask. */
const MOST_STEPS = 100_000;
const LONGEST = 65_536;
const MOST_QUERIES = 100;
/** How many steps its regular expressions may take, all together. A step takes a tenth of a microsecond or two. */
const MOST_SEARCH_STEPS = 2_000_000;

/**
 * Reads a template.
 * @param name what errors call it
 * @throws TemplateError
 */
export function parseTemplate(text: string, name = 'template'): Template {
  if (!text.includes('{{')) return { plain: text };
  const whole = DEFINITIONS + text;
  const isFunction = (word: string) => FUNCTIONS.has(word) || word === 'and' || word === 'or';
  return { source: { ...parseTemplateText(whole, name, isFunction), name, text: whole } };
}

/** Expands a template. If that fails, the text says so, as it does in Prometheus. */
export async function expand(
  { plain = '', source }: Template,
  data: TemplateData,
): Promise<string> {
  if (!source) return plain;
  const answers = new Map<string, List | Error>();
  const limits = { steps: MOST_STEPS, length: LONGEST };
  const searchLimits = { steps: MOST_SEARCH_STEPS, length: LONGEST };
  const { language = NO_LANGUAGE } = data;
  try {
    const dot = dotOf(data, language);
    // A query interrupts the template, which then begins again with the answer at hand.
    for (;;) {
      const asked: string[] = [];
      const around = {
        now: data.time / 1000,
        externalURL: data.externalURL ?? '',
        compileSearch: language.compileSearch,
        searchLimits,
        query(expression: string): List {
          const answer = answers.get(expression);
          if (answer instanceof Error) throw answer;
          if (answer) return answer;
          if (!data.query) throw new Error('queries are not possible here');
          if (answers.size >= MOST_QUERIES) throw new Error(`more than ${MOST_QUERIES} queries`);
          asked.push(expression);
          throw new Interruption();
        },
      };
      try {
        return evaluate(source, dot, around, limits);
      } catch (error) {
        if (!(error instanceof Interruption)) throw error;
      }
      answers.set(asked[0]!, await answerTo(asked[0]!, data, language));
    }
  } catch (error) {
    return `<error expanding template: error executing template ${source.name}: ${messageOf(error)}>`;
  }
}

const NO_LANGUAGE: TemplateLanguage = {
  compileSearch() {
    throw new Error('regular expressions are not possible here');
  },
  histogramText() {
    throw new Error('histograms are not possible here');
  },
};

async function answerTo(
  expression: string,
  { query }: TemplateData,
  language: TemplateLanguage,
): Promise<List | Error> {
  try {
    return (await query!(expression)).map((one) => sampleOf(one, language));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function dotOf(
  { labels, value, histogram, externalLabels = {}, externalURL = '' }: TemplateData,
  language: TemplateLanguage,
) {
  return new Struct(
    DOT_TYPE,
    new Map<string, Value>([
      ['Labels', labelsOf(labels)],
      ['ExternalLabels', labelsOf(externalLabels)],
      ['ExternalURL', externalURL],
      ['Value', shownValue(value, histogram, language)],
    ]),
  );
}

function sampleOf({ labels, value, histogram }: VectorElement, language: TemplateLanguage): Struct {
  const fields = new Map<string, Value>([
    ['Labels', labelsOf(labels.toObject())],
    ['Value', shownValue(value, histogram, language)],
  ]);
  return new Struct('*template.sample', fields);
}

function labelsOf(labels: Readonly<Record<string, string>>): GoMap {
  return new GoMap('map[string]string', new Map(Object.entries(labels)), '');
}

function shownValue(
  value: number,
  histogram: FloatHistogram | undefined,
  { histogramText }: TemplateLanguage,
): Value {
  if (!histogram) return value;
  return new Struct('*histogram.FloatHistogram', new Map(), histogramText(histogram));
}
