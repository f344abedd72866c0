import type { Span } from '../ast.ts';
import { shortNumberText } from '../number-text.ts';
import { positionOf } from '../position.ts';
import { quoted } from '../quoted.ts';

/** What is said of a query beside its result: at most so many warnings, and so many infos, as in Prometheus. */
const MOST = 10;
/** More than this many are not even counted apart. */
const MOST_COUNTED = 1000;

/** What has been found of the same kind at one place of the query. */
interface Monotonicity {
  readonly text: string;
  readonly span: Span;
  from: number;
  to: number;
  low: number;
  high: number;
  most: number;
  count: number;
}

/** The warnings and infos of one query. Each is kept once for a place in the query. */
export class Annotations {
  readonly #warnings = new Map<string, Span>();
  readonly #infos = new Map<string, Span>();
  readonly #monotonicity = new Map<string, Monotonicity>();

  warn(text: string, span: Span): void {
    note(this.#warnings, text, span);
  }

  info(text: string, span: Span): void {
    note(this.#infos, text, span);
  }

  /** The counts of buckets fell from one to the next, so that they were raised. */
  raised(
    metric: string,
    span: Span,
    at: number,
    { low, high, most }: Readonly<Record<'low' | 'high' | 'most', number>>,
  ): void {
    const key = `${metric}@${span.start}`;
    const known = this.#monotonicity.get(key);
    if (!known) {
      if (this.#monotonicity.size >= MOST_COUNTED) return;
      const text = `input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${named(metric)}`;
      this.#monotonicity.set(key, { text, span, from: at, to: at, low, high, most, count: 1 });
      return;
    }
    known.from = Math.min(known.from, at);
    known.to = Math.max(known.to, at);
    known.low = Math.min(known.low, low);
    known.high = Math.max(known.high, high);
    known.most = Math.max(known.most, most);
    known.count++;
  }

  /** Returns the texts as Prometheus' HTTP API has them. */
  of(query: string): { warnings: string[]; infos: string[] } {
    const at = ({ start }: Span) => {
      const position = positionOf(query, start);
      return position ? ` (${position.line}:${position.column})` : '';
    };
    const texts = (prefix: string, notes: Map<string, Span>) =>
      [...notes].map(
        ([key, span]) => `${prefix}: ${key.slice(0, key.lastIndexOf('@'))}${at(span)}`,
      );
    const infos = texts('PromQL info', this.#infos);
    for (const { text, span, from, to, low, high, most, count } of this.#monotonicity.values()) {
      infos.push(
        `PromQL info: ${text}, from buckets ${shortNumberText(low)} to ${shortNumberText(high)}, with a max diff of ${shortNumberText(Number(most.toPrecision(2)))}, over ${count} samples from ${rfc3339(from)} to ${rfc3339(to)}${at(span)}`,
      );
    }
    return {
      warnings: first(texts('PromQL warning', this.#warnings), 'warning'),
      infos: first(infos, 'info'),
    };
  }
}

function note(notes: Map<string, Span>, text: string, span: Span): void {
  if (notes.size < MOST_COUNTED) notes.set(`${text}@${span.start}`, span);
}

function first(texts: string[], level: string): string[] {
  const omitted = texts.length - MOST;
  if (omitted <= 0) return texts;
  return [...texts.slice(0, MOST), `${omitted} more ${level} annotations omitted`];
}

function rfc3339(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000', '');
}

/** Says of which metric something is, if it has a name. */
export function named(metric: string): string {
  return metric === '' ? '' : ` for metric name ${quoted(metric)}`;
}
