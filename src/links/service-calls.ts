import { isListOf, MAX_SENT_EXEMPLARS } from '../model.ts';
import { CONTROL_BYTES, WORD_BYTES } from '../pages/journal-layout.ts';
import type { CollectorService, ThreadService } from '../protocol/service.ts';
import { isErasure } from './client-calls.ts';
import type { Calls } from './guarded-endpoint.ts';

/**
 * The calls that threads may make to the collector, each with a check of its arguments. A thread may run
 * anybody's code.
 */

/** How many pages an address can name. */
const MAX_PAGES = 1 << 15;
/** Names that the collector keeps must be short. UTF-16 units. */
const MAX_NAME = 256;
/** A request can name at most so many families. */
const MAX_NAMES = 10_000;

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown) => (value ?? {}) as Fields;
const nothing = () => true;
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isText = (value: unknown): value is string => typeof value === 'string';
const isName = (value: unknown): boolean => isText(value) && value.length <= MAX_NAME;
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isLimit = (value: unknown) => isNumber(value) && value > 0 && Number.isFinite(value);
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const isPage = (value: unknown): boolean => isCount(value) && value < MAX_PAGES;
const isMode = (value: unknown): boolean => isCount(value) && value <= 0o777;
const orNone = (test: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || test(value);
const listOf = (test: (value: unknown) => boolean) => (value: unknown) => isListOf(test, value);

/** Names of families that a scraper asks for. */
const isNames = (value: unknown) => isListOf(isText, value, MAX_NAMES);

/** Does not ask for the class: what a message brings may be of another realm, as in test runners. */
const isA = (kind: string, value: unknown): boolean =>
  Object.prototype.toString.call(value) === `[object ${kind}]`;

/** Whether this is memory that consists of whole units of so many bytes. */
function isMemory(value: unknown, unit: number): boolean {
  const isBuffer = isA('ArrayBuffer', value) || isA('SharedArrayBuffer', value);
  const bytes = isBuffer ? (value as ArrayBuffer).byteLength : 0;
  return bytes > 0 && bytes % unit === 0;
}
const isSegment = (value: unknown) => isMemory(value, WORD_BYTES);
const isCopiedPage = (value: unknown) =>
  Array.isArray(value) && isPage(value[0]) && isA('Float64Array', value[1]);

export const THREAD_SERVICE_CALLS: Calls<ThreadService> = {
  ping: nothing,
  join: (hello) => {
    const { control, direct, main, eventsSent, eventsCleared } = fieldsOf(hello);
    const isKnown = isMemory(control, CONTROL_BYTES) && isFlag(direct) && isFlag(main);
    return isKnown && isCount(eventsSent) && orNone(isCount)(eventsCleared);
  },
  addPage: (page, buffer) => isPage(page) && isMemory(buffer, Float64Array.BYTES_PER_ELEMENT),
  addSegment: isSegment,
  publish: (copy) => {
    const { segments, pages, last } = fieldsOf(copy);
    return listOf(isSegment)(segments) && listOf(isCopiedPage)(pages) && isFlag(last);
  },
  // The batch is not checked here: the session checks it, and passes over the events of a refused thread.
  events: (_, first, cleared) => orNone(isCount)(first) && orNone(isCount)(cleared),
  // What is not sound is left out later, so that one of them does not keep the others from being taken.
  exemplars: (batch) => isListOf(Array.isArray, batch, MAX_SENT_EXEMPLARS),
  // The part checks the batch.
  take: isName,
  beat: isNumber,
  arrived: nothing,
  reset: isErasure,
  erase: listOf(isErasure),
  drain: nothing,
  // Only our own locks: a thread must not name one of the application's.
  lifeline: (lock) => isName(lock) && (lock as string).startsWith('utilityfog-telemetry '),
  leave: nothing,
  acceptPort: (port, thread) =>
    typeof (port as MessagePort | null)?.postMessage === 'function' &&
    orNone(Number.isSafeInteger)(thread),
  start: nothing,
  stop: nothing,
  flush: orNone(isFlag),
  save: orNone(isFlag),
  snapshot: nothing,
  getEvents: isNumber,
  render: (request) => {
    const { format, version, escaping, names, accept, timeout } = fieldsOf(request);
    const { pretty, gzip, createdSamples } = fieldsOf(request);
    const what = orNone(isName)(format) && orNone(isText)(accept);
    const which = orNone(isName)(version) && orNone(isName)(escaping) && orNone(isNames)(names);
    const how = [pretty, gzip, createdSamples].every(orNone(isFlag));
    return what && which && how && orNone(isNumber)(timeout);
  },
  runExport: isPlan,
  schedule: (plan, interval, ticket) =>
    orNone(isPlan)(plan) && isNumber(interval) && interval > 0 && isNumber(ticket),
  unschedule: isNumber,
  // The listener checks the options themselves.
  serve: (options) => typeof options === 'object' && options !== null,
  unserve: isNumber,
  countExport: (exporter, succeeded) => isName(exporter) && isFlag(succeeded),
  status: nothing,
};

/** The calls of the thread that has started the collector. It is trusted with all of them. */
export const OWNER_SERVICE_CALLS: Calls<CollectorService> = {
  ...THREAD_SERVICE_CALLS,
  ended: isNumber,
  configure: (config) => typeof config === 'object' && config !== null,
  addPart: (part) => isName(fieldsOf(part).name),
  call: (part, method, args) => isName(part) && isName(method) && Array.isArray(args),
  shutdown: orNone(isFlag),
};

function isPlan(value: unknown): boolean {
  const { exporter, format, pretty, version, escaping } = fieldsOf(value);
  const { destination, via, mode, file, http, push, log, events } = fieldsOf(value);
  const what = isName(exporter) && isName(format) && [pretty, events].every(orNone(isFlag));
  const which = orNone(isName)(version) && orNone(isName)(escaping);
  const where = isText(destination) && orNone(isName)(via) && orNone(isText)(file);
  const how = orNone(isMode)(mode) && orNone(isHttpPlan)(http) && orNone(isPushPlan)(push);
  return what && which && where && how && orNone(isLogPlan)(log);
}

function isPushPlan(value: unknown): boolean {
  const { id, maxBytes, maxAge, compression, options, persist } = fieldsOf(value);
  const { name, directory } = fieldsOf(persist);
  const areLimits = isLimit(maxBytes) && isLimit(maxAge);
  const hasOptions = typeof options === 'object' && options !== null;
  const isKept = persist === undefined || (isText(name) && orNone(isText)(directory));
  return isName(id) && areLimits && isKept && isName(compression) && hasOptions;
}

function isLogPlan(value: unknown): boolean {
  const { maxBytes, maxAge, keep, heading } = fieldsOf(value);
  return isLimit(maxBytes) && isLimit(maxAge) && isCount(keep) && orNone(isText)(heading);
}

function isHttpPlan(value: unknown): boolean {
  const { url, method, headers, compression, timeout, asksForHeaders } = fieldsOf(value);
  const how = isText(method) && ['POST', 'PUT', 'DELETE'].includes(method);
  const isRight = isText(url) && how && orNone(isName)(compression);
  const areTexts = Object.values(fieldsOf(headers)).every(isText);
  return isRight && areTexts && isNumber(timeout) && timeout > 0 && orNone(isFlag)(asksForHeaders);
}
