import type { Engine, QueryResult } from '../../../promql/engine.ts';
import { checkSteps, type EvaluationOptions } from '../evaluations.ts';
import { invalidParameter, isOfQuery, messageOf, parameter, Refused, Wrong } from '../refused.ts';
import { type Served, TRUNCATED, type WrittenAnswer } from '../served.ts';
import type { Form } from './form.ts';
import { answerJson } from './json.ts';
import { duration, limit, optionalTime, time } from './values.ts';

/** `/api/v1/query` */
export async function query(
  form: Form,
  served: Served,
  signal: AbortSignal,
): Promise<WrittenAnswer> {
  const most = parameter('limit', () => limit(form.get('limit')));
  const at = parameter('time', () => optionalTime('time', form.get('time'), served.now()));
  const options = optionsOf(form, signal);
  const expr = form.get('query');
  return answered(served, options, most, (engine, signal) =>
    engine.query(expr, { time: at / 1000, signal }),
  );
}

/** `/api/v1/query_range` */
export async function queryRange(
  form: Form,
  served: Served,
  signal: AbortSignal,
): Promise<WrittenAnswer> {
  const most = parameter('limit', () => limit(form.get('limit')));
  const start = parameter('start', () => time(form.get('start')));
  const end = parameter('end', () => time(form.get('end')));
  if (end < start) {
    throw invalidParameter('end', 'end timestamp must not be before start time');
  }
  const step = parameter('step', () => stepOf(form.get('step')));
  checkSteps(start, end, step);
  const options = optionsOf(form, signal);
  const expr = form.get('query');
  const range = { start: start / 1000, end: end / 1000, step: step / 1000 };
  return answered(served, options, most, (engine, signal) =>
    engine.queryRange(expr, { ...range, signal }),
  );
}

/** Returns whole milliseconds, as Prometheus counts steps. */
function stepOf(text: string): number {
  const step = duration(text);
  if (step <= 0) {
    throw new Wrong(
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  if (step < 1) throw new Wrong('the step must be a millisecond at least');
  return Math.trunc(step);
}

function optionsOf(form: Form, signal: AbortSignal): EvaluationOptions {
  const read = (name: string) => {
    const text = form.get(name);
    return text === '' ? undefined : duration(text) / 1000;
  };
  const timeout = parameter('timeout', () => read('timeout'));
  try {
    const lookback = read('lookback_delta');
    return { signal, timeout, lookback: lookback && lookback > 0 ? lookback : undefined };
  } catch (error) {
    throw new Refused(
      'bad_data',
      `error parsing lookback delta duration: ${(error as Error).message}`,
    );
  }
}

/**
 * Evaluates a query, and writes the answer. The next query has to wait for that, too: a result takes more memory than what
 * is written of it.
 * @param most how many elements of the result are wanted; 0 means all
 */
async function answered(
  { evaluations }: Served,
  options: EvaluationOptions,
  most: number,
  evaluate: (engine: Engine, signal: AbortSignal) => Promise<QueryResult>,
): Promise<WrittenAnswer> {
  try {
    return await evaluations.run(options, async (engine, signal) => {
      const { resultType, result, warnings, infos } = await evaluate(engine, signal);
      const isList = resultType === 'vector' || resultType === 'matrix';
      const isCut = most > 0 && isList && (result as unknown[]).length > most;
      const answer = {
        data: { resultType, result: isCut ? (result as unknown[]).slice(0, most) : result },
        warnings: isCut ? [...warnings, TRUNCATED] : warnings,
        infos,
      };
      return { json: await answerJson(answer, signal) };
    });
  } catch (error) {
    if (isOfQuery(error)) throw invalidParameter('query', messageOf(error));
    throw error;
  }
}
