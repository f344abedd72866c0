import { MAX_EVENT_DEPTH, MAX_EVENT_LENGTH } from '../events/event-batch.ts';
import type { Kinds, ReadingKind } from '../kinds/kind.ts';
import { isName, LABEL_NAME, METRIC_NAME, type NameRule } from '../kinds/names.ts';
import { currentTime } from '../platform/timers.ts';
import type { PartStates } from '../protocol/handover.ts';
import { type KeptExemplar, soundKept } from './kept-exemplars.ts';
import { MAX_STATE } from './kept-states.ts';
import { type FamilyTotals, type SeriesTotals, seriesTotals } from './series-table.ts';
import { parseTotals, type TotalsRecord, type WrittenFamily } from './totals-record.ts';

/** What is sound in a record from storage, where anybody may have written. */
export interface SoundTotals {
  readonly record: TotalsRecord;
  /** What was refused, in words; no more than a few. */
  readonly refused: readonly string[];
}

/** Characters. Recordings keep less of a name or a label value. */
const MAX_TEXT_LENGTH = 65_536;
const MAX_LABELS = 1024;
/** How many refusals are told of. */
const MAX_TOLD = 5;

const LONE_SURROGATE = /[\ud800-\udfff]/u;

/**
 * @param rule which names families and labels may have
 * @throws Error when nothing of it can be read
 */
export function soundTotals(payload: Uint8Array, kinds: Kinds, rule: NameRule): SoundTotals {
  const { families, events, at, states } = parseTotals(payload);
  const reasons: string[] = [];
  const sound = families.flatMap((family) => soundFamily(family, kinds, rule, reasons));
  const readable = events.filter(isEvent);
  if (readable.length < events.length) reasons.push(`${events.length - readable.length} events`);
  const given: unknown[] = Array.isArray(states) ? states : [];
  const kept = given.filter(isState);
  if (kept.length < given.length) reasons.push('what a feature has kept');
  const left = reasons.length - MAX_TOLD;
  const refused = left > 0 ? [...reasons.slice(0, MAX_TOLD), `${left} more`] : reasons;
  const record = {
    ...(isTime(at) && { at }),
    families: sound,
    events: readable,
    ...(kept[0] && { states: kept }),
  };
  return { record, refused };
}

function soundFamily(
  family: unknown,
  kinds: Kinds,
  rule: NameRule,
  reasons: string[],
): FamilyTotals[] {
  const sound = soundHead(family, kinds);
  const isNamed = (by: NameRule) =>
    isName(sound?.head.name, METRIC_NAME, by) &&
    sound.head.labelNames.every((label) => isName(label, LABEL_NAME, by));
  if (!sound || !isNamed(rule)) {
    const { name } = (family ?? {}) as { name?: unknown };
    const which = typeof name === 'string' ? `the family ${name.slice(0, 100)}` : 'a family';
    reasons.push(isNamed('utf8') ? `${which}, whose names need names: 'utf8'` : which);
    return [];
  }
  const { left, series, exemplars } = family as WrittenFamily;
  const kept = soundKept(exemplars, sound.head, kinds, currentTime() / 1000, rule);
  const pairs: unknown[] = Array.isArray(left) ? left.filter(Array.isArray) : [];
  const leftAt = new Map(pairs as [unknown, unknown][]);
  const readable = series
    .map((one, i) => soundSeries(one, sound, leftAt.get(i), kept.get(i)))
    .filter((one) => one !== undefined);
  const refused = series.length - readable.length;
  if (refused > 0) reasons.push(`${refused} series of ${sound.head.name}`);
  return [{ ...sound.head, series: readable }];
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}

interface SoundHead {
  readonly kind: ReadingKind;
  readonly head: Omit<FamilyTotals, 'series'>;
}

function soundHead(family: unknown, kinds: Kinds): SoundHead | undefined {
  const fields = (family ?? {}) as Record<string, unknown>;
  const { name, type, labelNames, series } = fields;
  const kind = isText(type) ? kinds.get(type) : undefined;
  if (!isText(name) || !kind?.retain || !Array.isArray(labelNames) || !Array.isArray(series)) {
    return undefined;
  }
  if (labelNames.length > MAX_LABELS || !labelNames.every(isText)) return undefined;
  // Earlier versions wrote the only shape that they knew beside the name.
  const shape = kind.claims?.shape((fields.shape ?? fields) as Record<string, unknown>, name);
  return shape && { kind, head: { name, type: kind.type, labelNames, shape } };
}

/** Returns the series with its totals as numbers; `undefined` if it cannot be one. */
function soundSeries(
  series: unknown,
  { kind, head: { labelNames, shape } }: SoundHead,
  leftAt: unknown,
  exemplars: readonly KeptExemplar[] | undefined,
): SeriesTotals | undefined {
  if (!Array.isArray(series)) return undefined;
  const [labelValues, overflow, totals, created] = series;
  if (!Array.isArray(labelValues) || !labelValues.every(isText)) return undefined;
  if (typeof overflow !== 'boolean' || !Array.isArray(totals)) return undefined;
  // The overflow series has one label, whatever the others have.
  if (!overflow && labelValues.length !== labelNames.length) return undefined;
  const numbers = totals.map(asNumber);
  if (numbers.includes(undefined)) return undefined;
  const block = numbers as number[];
  if (!kind.claims?.isRetained?.(block, shape)) return undefined;
  const [left, began] = [leftAt, created].map((at) => (isTime(at) ? at : undefined));
  return seriesTotals(labelValues, overflow, block, left, began, exemplars);
}

/** If a series has numbers that JSON lacks, any of its numbers may have been written as text. */
function asNumber(total: unknown): number | undefined {
  if (typeof total === 'number') return total;
  return typeof total === 'string' && String(Number(total)) === total ? Number(total) : undefined;
}

function isText(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_TEXT_LENGTH) return false;
  return !LONE_SURROGATE.test(value);
}

function isState(value: unknown): value is PartStates[number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [name, state] = value as unknown[];
  return isText(name) && typeof state === 'string' && state.length <= MAX_STATE;
}

/** Whether it is `[name, timestamp, value, labels, metadata]`, as text. */
function isEvent(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > MAX_EVENT_LENGTH) return false;
  // Text that is nested deeper ends those who follow its nesting, in this thread or another.
  if (depthOf(text) > MAX_EVENT_DEPTH) return false;
  try {
    const event: unknown = JSON.parse(text);
    if (!Array.isArray(event) || event.length !== 5) return false;
    return typeof event[0] === 'string' && Number.isFinite(event[1]);
  } catch {
    return false;
  }
}

/** Returns how deeply JSON is nested, without following the nesting. */
function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth);
    else if (token === ']' || token === '}') depth--;
  }
  return deepest;
}
