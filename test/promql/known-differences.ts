/** How the answers of Prometheus 2.42 differ from those of 3.14, which this engine gives. */
import type { Binary, MatrixSelector } from '../../src/promql/ast.ts';
import { type Answer, CLOSE, isClose, isSame, keyOf, type Row } from './both-engines.ts';
import { bare, rangeOf, type Suspect } from './explained.ts';

type Holds = (suspect: Suspect) => boolean | Promise<boolean>;

/** Tells of a part of an expression whether the difference is just this one. */
export const KNOWN: Readonly<Record<string, Holds>> = {
  'windows of subqueries had both ends': closedWindow,
  'the deviation of a lone infinity or NaN was 0': loneDeviation,
  'any of equal values may be the greatest': equalValues,
  'many matches were allowed where a comparison left one': filteredMatches,
  'atan2 kept the name': keptName,
  'predict_linear moved a fixed range with each step': movedPrediction,
  'a rate near the zero of a counter was extrapolated otherwise': rateNearZero,
  'digits in labels': digitsInLabels,
  'sums were not compensated': plainSum,
};

const seconds = (row: Row) => [...row.values.keys()];

/** All times of both answers. */
function timesOf(...answers: readonly Answer[]): number[] {
  const all = answers.flatMap(({ rows }) => [...rows.values()].flatMap(seconds));
  return [...new Set(all)];
}

/** The rows that have a value at a time, with that. */
function at({ rows }: Answer, time: number) {
  return [...rows.values()].flatMap(({ labels, values }) => {
    const value = values.get(time);
    return value === undefined ? [] : [{ labels, value }];
  });
}

const NOTHING: Answer = { rows: new Map() };

/** What was answered for one time. */
function answerAt(answer: Answer, time: number): Answer {
  const rows = at(answer, time).map(({ labels, value }) => {
    return [keyOf(labels), { labels, values: new Map([[time, value]]) }] as const;
  });
  return { rows: new Map(rows) };
}

async function closedWindow({ expr, evaluate, textOf, wanted }: Suspect): Promise<boolean> {
  if (expr.kind !== 'call') return false;
  const range = rangeOf(expr);
  if (range?.kind !== 'subquery') return false;
  const text = textOf(expr);
  // Where it begins a millisecond earlier, it has what stands at its beginning.
  const wider = text.replace(/\[[^[\]:]+:/, `[${(range.range as number) + 1}ms:`);
  // That millisecond counts where the difference is extrapolated.
  return isSame(await evaluate(wider), wanted, expr.name === 'delta' ? 1e-4 : CLOSE);
}

async function loneDeviation({ expr, evaluate, textOf, wanted }: Suspect): Promise<boolean> {
  if (expr.kind !== 'aggregate' || !/^std(?:dev|var)$/.test(expr.op)) return false;
  const text = textOf(expr);
  const alone = `(${text.replace(expr.op, 'count')} == 1)`;
  return isSame(await evaluate(`(${text} unless ${alone}) or (${alone} - 1)`), wanted);
}

/** At each time there are as many of each value, and all of them were there to choose from. */
function equalValues({ expr, inputs, wanted, got }: Suspect): boolean {
  if (expr.kind !== 'aggregate' || !/^(?:topk|bottomk)$/.test(expr.op)) return false;
  const input = inputs.at(-1);
  const isThere = ({ labels, values }: Row) =>
    !input ||
    [...values].every(([time, value]) => {
      const given = input.rows.get(keyOf(labels))?.values.get(time);
      return given !== undefined && isClose(given, value);
    });
  const { without, grouping } = expr;
  const groupOf = (labels: Row['labels']) =>
    keyOf(
      Object.fromEntries(
        Object.entries(labels).filter(
          ([name]) => name !== '__name__' && grouping.includes(name) !== without,
        ),
      ),
    );
  const valuesAt = (answer: Answer, time: number) =>
    at(answer, time)
      .map(({ labels, value }) => `${groupOf(labels)} ${value}`)
      .sort()
      .join();
  return (
    [...wanted.rows.values()].every(isThere) &&
    timesOf(wanted, got).every((time) => valuesAt(wanted, time) === valuesAt(got, time))
  );
}

const COMPARISONS: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  '==': (one, other) => one === other,
  '!=': (one, other) => one !== other,
  '<': (one, other) => one < other,
  '>': (one, other) => one > other,
  '<=': (one, other) => one <= other,
  '>=': (one, other) => one >= other,
};

/** Series are matched as in 2.42: only those that a comparison leaves count. */
async function filteredMatches(suspect: Suspect): Promise<boolean> {
  const { expr, got, wanted, textOf, evaluate } = suspect;
  if (expr.kind !== 'binary' || !/^multiple matches/.test(got.error ?? '')) return false;
  const { matching, op, returnsBool } = expr;
  const keeps = COMPARISONS[op];
  if (!keeps || returnsBool || matching?.cardinality !== 'one-to-one') return false;
  const left = await evaluate(textOf(expr.left));
  const right = await evaluate(textOf(expr.right));
  if (left.error !== undefined || right.error !== undefined) return false;
  const rows = new Map<string, { labels: Row['labels']; values: Map<number, number> }>();
  for (const time of timesOf(left)) {
    const others = new Map(at(right, time).map((one) => [signature(expr, one.labels), one.value]));
    for (const { labels, value } of at(left, time)) {
      const other = others.get(signature(expr, labels));
      if (other === undefined || !keeps(value, other)) continue;
      const kept = matchedLabels(expr, labels);
      const row = rows.get(keyOf(kept)) ?? { labels: kept, values: new Map() };
      if (row.values.has(time)) return wanted.error !== undefined;
      row.values.set(time, value);
      rows.set(keyOf(kept), row);
    }
  }
  return isSame({ rows }, wanted);
}

function matchedLabels({ matching }: Binary, labels: Row['labels']): Row['labels'] {
  const { on, labels: names } = matching!;
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name) === on));
}

function signature(binary: Binary, { __name__, ...labels }: Row['labels']): string {
  return keyOf(matchedLabels(binary, labels));
}

function keptName({ expr, got, wanted }: Suspect): boolean {
  if (expr.kind !== 'binary' || expr.op !== 'atan2') return false;
  const rows = [...wanted.rows.values()].map(({ labels: { __name__, ...labels }, values }) => {
    return [keyOf(labels), { labels, values }] as const;
  });
  return rows.length === wanted.rows.size && isSame(got, { rows: new Map(rows) });
}

/** At each step the window is a step later, while the samples that were read stay the same. */
async function movedPrediction({ expr, wanted, times, textOf, both }: Suspect): Promise<boolean> {
  if (expr.kind !== 'call' || expr.name !== 'predict_linear') return false;
  const range = rangeOf(expr);
  if (range?.kind !== 'matrix-selector' || range.selector.at === undefined) return false;
  for (let time = times.from; time <= times.to; time += times.step) {
    const left = (range.range as number) - (time - times.from);
    const text = textOf(expr).replace(/\[[^[\]]+\]/, `[${left}ms]`);
    const own = left > 0 ? await both.ours(text, { ...times, from: time, to: time }) : NOTHING;
    if (!isSame(own, answerAt(wanted, time))) return false;
  }
  return true;
}

/** The rates are those of the formula of 2.42. */
async function rateNearZero({ expr, both, text, wanted, times }: Suspect): Promise<boolean> {
  if (expr.kind !== 'call' || !/^(?:rate|increase)$/.test(expr.name)) return false;
  const range = rangeOf(expr);
  if (range?.kind !== 'matrix-selector') return false;
  const selected = text.slice(range.start, range.end);
  for (let time = times.from; time <= times.to; time += times.step) {
    const { rows } = await both.ours(selected, { ...times, from: time, to: time });
    const end = endOf(range, time);
    const rates = [...rows.values()].flatMap(({ labels: { __name__, ...labels }, values }) => {
      if (values.size < 2) return [];
      const grown = increase([...values], end - (range.range as number), end);
      const value = expr.name === 'rate' ? grown / ((range.range as number) / 1000) : grown;
      return [[keyOf(labels), { labels, values: new Map([[time, value]]) }] as const];
    });
    if (!isSame({ rows: new Map(rates) }, answerAt(wanted, time))) return false;
  }
  return wanted.error === undefined;
}

function endOf({ selector: { at: fixed, offset } }: MatrixSelector, time: number): number {
  return (typeof fixed === 'number' ? fixed : time) - (offset as number);
}

/** How much a counter grows in a window. The time in which it came from zero was found before the half of an interval. */
function increase(samples: readonly (readonly [number, number])[], start: number, end: number) {
  const [firstTime, first] = samples[0]!;
  const [lastTime] = samples.at(-1)!;
  let grown = 0;
  for (const [i, [, value]] of samples.entries()) {
    const before = samples[i - 1]?.[1] ?? value;
    grown += value < before ? value : value - before;
  }
  const sampled = lastTime - firstTime;
  const average = sampled / (samples.length - 1);
  const sinceZero = grown > 0 && first >= 0 ? sampled * (first / grown) : Infinity;
  const reached = (gap: number) => (gap < average * 1.1 ? gap : average / 2);
  const more = reached(Math.min(firstTime - start, sinceZero)) + reached(end - lastTime);
  return (grown * (sampled + more)) / sampled;
}

/** Counts are the same of all values, if the last digits of values do not count. */
function digitsInLabels({ expr, got, wanted }: Suspect): boolean {
  if (expr.kind !== 'aggregate' || expr.op !== 'count_values') return false;
  const param = expr.param && bare(expr.param);
  const name = param?.kind === 'string' ? param.value : '';
  const rounded = ({ rows }: Answer): Answer => {
    const found = new Map<string, { labels: Row['labels']; values: Map<number, number> }>();
    for (const { labels, values } of rows.values()) {
      const short = { ...labels, [name]: Number(labels[name]).toPrecision(9) };
      const row = found.get(keyOf(short)) ?? { labels: short, values: new Map() };
      for (const [time, count] of values) row.values.set(time, (row.values.get(time) ?? 0) + count);
      found.set(keyOf(short), row);
    }
    return { rows: found };
  };
  return wanted.error === undefined && isSame(rounded(got), rounded(wanted));
}

const SUMS = /^(?:sum|avg|stddev|stdvar)(?:_over_time)?$|^(?:deriv|predict_linear)$/;

/** Numbers differ by no more than what rounding makes of the numbers that go in, or there was an overflow. */
async function plainSum({ expr, got, wanted, textOf, evaluate }: Suspect): Promise<boolean> {
  const name = expr.kind === 'aggregate' ? expr.op : expr.kind === 'call' ? expr.name : '';
  if (!SUMS.test(name) || got.rows.size !== wanted.rows.size) return false;
  const size = await sizeOf(expr, textOf, evaluate);
  // Deviations are made of squares.
  const power = name.startsWith('std') ? 2 : 1;
  for (const [key, { values }] of wanted.rows) {
    for (const [time, value] of values) {
      const own = got.rows.get(key)?.values.get(time);
      if (own === undefined) return false;
      const largest = Math.max(...at(size, time).map((one) => one.value));
      const isRounded = Math.abs(own - value) <= CLOSE * largest;
      const overflows = !Number.isFinite(value) && largest ** power > 1e300;
      if (!isClose(own, value) && !isRounded && !overflows) return false;
    }
  }
  return true;
}

/** Evaluates to numbers that are as large as what is added up. */
async function sizeOf(
  expr: Suspect['expr'],
  textOf: Suspect['textOf'],
  evaluate: Suspect['evaluate'],
): Promise<Answer> {
  if (expr.kind === 'aggregate') return evaluate(`sum(abs(${textOf(expr.expr)}))`);
  const range = expr.kind === 'call' ? rangeOf(expr) : undefined;
  if (!range) return { rows: new Map() };
  return evaluate(`sum(max_over_time(${textOf(range)}) - min_over_time(${textOf(range)}))`);
}
