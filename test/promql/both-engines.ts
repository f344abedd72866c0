/** Asks this engine and a real Prometheus the same. */
import { createEngine, memorySource, type Source } from 'utilityfog-telemetry/promql/engine';
import { Store } from './prometheus-suite.ts';

const tools = new URL('../../../shared/promql/tools/', import.meta.url).href;
const FEATURES = ['promql-at-modifier', 'promql-negative-offset'];

/** The times of a question. Milliseconds. */
export interface Times {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export interface Row {
  readonly labels: Readonly<Record<string, string>>;
  /** By their times. */
  readonly values: ReadonlyMap<number, number>;
}

/** What was answered: the error, or rows by their labels. A scalar is a row without labels. */
export interface Answer {
  readonly error?: string | undefined;
  readonly rows: ReadonlyMap<string, Row>;
}

/** What an answer of Prometheus' API is turned into by the tool that asks. */
interface ToolAnswer {
  readonly type: string;
  readonly error?: string;
  readonly value?: number;
  readonly series?: readonly {
    labels: Record<string, string>;
    points: readonly (readonly [number, number])[];
  }[];
}

/** Stands for the answer of Prometheus with that number: see `ours()`. */
export const replacement = (index: number): string => `{__answer__="${index}"}`;

export const keyOf = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([, text]) => text !== '')
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );

export type Asked = Pick<BothEngines, 'ours' | 'prometheus'>;

export class BothEngines {
  readonly #source: Source;
  readonly #oracle: Awaited<ReturnType<typeof startOracle>>;
  readonly #answerOf: (answer: object) => ToolAnswer;

  private constructor(
    source: Source,
    oracle: Awaited<ReturnType<typeof startOracle>>,
    answerOf: (answer: object) => ToolAnswer,
  ) {
    this.#source = source;
    this.#oracle = oracle;
    this.#answerOf = answerOf;
  }

  /** Starts a Prometheus, and gives both the samples of a `load` of a test file. */
  static async start(text: string): Promise<BothEngines> {
    const { parseTest } = await import(`${tools}testfile.mjs`);
    const { seriesOf, answer } = await import(`${tools}oracle.mjs`);
    const loads = parseTest(text).commands;
    const store = new Store();
    for (const load of loads) store.load(load);
    const oracle = await startOracle();
    await oracle.write(seriesOf(loads));
    return new BothEngines(memorySource(store.series), oracle, answer);
  }

  stop(): Promise<void> {
    return this.#oracle.stop();
  }

  async prometheus(expr: string, { from, to, step }: Times): Promise<Answer> {
    if (from === to) return answerOf(await this.#oracle.query(expr, from), from);
    return answerOf(await this.#oracle.range(expr, from, to, step));
  }

  /**
   * Asks this engine.
   * @param replaced answers that stand in the place of selectors `replacement(i)`
   */
  async ours(expr: string, times: Times, replaced: readonly Answer[] = []): Promise<Answer> {
    const engine = createEngine(replaced.length > 0 ? this.#with(replaced) : this.#source);
    const { from, to, step } = times;
    const asked =
      from === to
        ? engine.query(expr, { time: from / 1000 })
        : engine.queryRange(expr, { start: from / 1000, end: to / 1000, step: step / 1000 });
    const got = await asked.then(
      (data) => this.#answerOf({ status: 'success', data }),
      (error) => ({ type: 'error', error: error.message }),
    );
    return answerOf(got, from);
  }

  #with(replaced: readonly Answer[]): Source {
    const sources = replaced.map(sourceOf);
    return {
      select: (matchers, from, to) => {
        const found = matchers.find(({ name }) => name === '__answer__');
        const source = found ? sources[Number(found.value)]! : this.#source;
        return source.select(found ? [] : matchers, from, to);
      },
    };
  }
}

async function startOracle() {
  const { Oracle } = await import(`${tools}oracle.mjs`);
  return Oracle.start({ features: FEATURES });
}

/** Returns a source of the rows. Each value is there at its own time only, and ended a millisecond later. */
function sourceOf({ rows }: Answer): Source {
  return memorySource(
    [...rows.values()].map(({ labels, values }) => ({
      labels,
      samples: [...values].flatMap(([time, value]) => [
        [time / 1000, value] as const,
        [(time + 1) / 1000, 'stale'] as const,
      ]),
    })),
  );
}

function answerOf({ type, error, value, series = [] }: ToolAnswer, at = 0): Answer {
  if (type === 'error') return { error: error ?? '', rows: new Map() };
  const all = type === 'scalar' ? [{ labels: {}, points: [[at, value!] as const] }] : series;
  const rows = all.map(({ labels, points }) => [
    keyOf(labels),
    { labels, values: new Map(points) },
  ]);
  return { rows: new Map(rows as [string, Row][]) };
}

/** How close numbers are that differ by the order of a summation. */
export const CLOSE = 1e-9;

/** Whether two answers are the same but for the last digits of their numbers. Messages of errors may differ. */
export function isSame(one: Answer, other: Answer, tolerance = CLOSE): boolean {
  if (one.error !== undefined || other.error !== undefined) {
    return one.error !== undefined && other.error !== undefined;
  }
  if (one.rows.size !== other.rows.size) return false;
  for (const [key, { values }] of one.rows) {
    const others = other.rows.get(key)?.values;
    if (others?.size !== values.size) return false;
    for (const [time, value] of values) {
      const second = others.get(time);
      if (second === undefined || !isClose(value, second, tolerance)) return false;
    }
  }
  return true;
}

export function isClose(one: number, other: number, tolerance = CLOSE): boolean {
  if (Object.is(one, other) || one === other) return true;
  const size = Math.max(Math.abs(one), Math.abs(other));
  return size < Infinity && Math.abs(one - other) <= tolerance * size;
}
