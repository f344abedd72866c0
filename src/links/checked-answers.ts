import { isListOf, shown, TelemetryError } from '../model.ts';

/**
 * Checks the answers of another thread's collector. That thread may run anybody's code, or another version.
 */

type Fields = Readonly<Record<string, unknown>>;
type Test = (value: unknown) => boolean;

const isNumber: Test = (value) => typeof value === 'number';
const isText: Test = (value) => typeof value === 'string';
const isFlag: Test = (value) => typeof value === 'boolean';
const isObject: Test = (value) => typeof value === 'object' && value !== null;
const orNone = (test: Test) => (value: unknown) => value === undefined || test(value);
const listOf = (test: Test) => (value: unknown) => isListOf(test, value);

const has = (tests: Readonly<Record<string, Test>>) => (value: unknown) =>
  isObject(value) && Object.entries(tests).every(([field, test]) => test((value as Fields)[field]));

/** Nobody looks at the answers of calls that are not listed here. */
const ANSWERS: Readonly<Record<string, Test>> = {
  join: has({ seriesLimit: isNumber }),
  flush: has({
    collected: isFlag,
    stored: orNone(isFlag),
    exported: orNone(isFlag),
    failures: listOf(isText),
  }),
  snapshot: has({
    timestamp: isNumber,
    metrics: isObject,
    events_count: isNumber,
    running: isFlag,
  }),
  getEvents: listOf(
    has({ name: isText, timestamp: isNumber, labels: isObject, metadata: isObject }),
  ),
  render: has({
    body: (value) => Object.prototype.toString.call(value) === '[object Uint8Array]',
    contentType: isText,
  }),
  runExport: has({ succeeded: isFlag, error: orNone(isText) }),
  events: orNone(isNumber),
  schedule: isNumber,
  serve: has({ id: isNumber, url: isText }),
  status: has({ storage: isText, series: isNumber, threads: isNumber }),
};

/** @throws TelemetryError `invalid_answer` if the answer does not have the form that its method promises */
export function checkedAnswer(method: string, answer: unknown): unknown {
  if (!Object.hasOwn(ANSWERS, method) || ANSWERS[method]!(answer)) return answer;
  throw new TelemetryError(
    'invalid_answer',
    `the collector has answered ${method} with ${shown(answer)}; load one version of utilityfog-telemetry in all threads`,
  );
}
