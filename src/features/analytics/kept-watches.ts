import { isListOf } from '../../model.ts';
import {
  isNote,
  type KeptDetector,
  type KnownSeries,
  noteOf,
  type SeriesNote,
  stateOf,
} from './known-state.ts';
import type { RunningWatch } from './running-watch.ts';
import type { WatchPlan } from './watch-plan.ts';

/** What is kept must be less than a million characters. */
const MOST_KEPT = 900_000;

/** A series as it is kept, with its detector in base64. */
type KeptSeries = readonly [...SeriesNote, detector: string];

/** What a part has left. */
export interface KeptWatches {
  /** Of which life of the application it is. */
  readonly life: string;
  readonly watches: readonly WatchPlan[];
  readonly states: readonly KnownSeries[];
  /** The ids of what it has in storage. */
  readonly owners: readonly string[];
}

/**
 * Writes the watches.
 * @param series of which something is known: as many as there is room for are written
 * @param owners the ids of what the part has in storage
 */
export function writeWatches(
  life: string,
  watches: Iterable<RunningWatch>,
  series: Iterable<KeptDetector>,
  owners: readonly string[],
): string {
  const plans = Array.from(watches, ({ plan }) => plan);
  const head = JSON.stringify({ life, watches: plans, owners });
  let room = MOST_KEPT - head.length;
  const texts: string[] = [];
  for (const [key, read] of series) {
    const state = read();
    const one: KeptSeries = [...noteOf(key, state), base64(state.detector)];
    const text = JSON.stringify(one);
    room -= text.length + 1;
    if (room <= 0) break;
    texts.push(text);
  }
  return `${head.slice(0, -1)},"series":[${texts.join()}]}`;
}

/** @throws Error if it is not what was written */
export function readWatches(text: string): KeptWatches {
  const { life, watches, series, owners = [] } = JSON.parse(text);
  const isSound = isListOf(isPlan, watches) && isListOf(isKept, series) && isListOf(isText, owners);
  if (!isSound) {
    throw new Error('what was kept of watches is not sound');
  }
  const states = (series as unknown as KeptSeries[]).map(
    (one) => [one[0], stateOf(one, bytesOf(one[4]))] as const,
  );
  return {
    ...{ life, states, owners: owners as readonly string[] },
    watches: watches as unknown as WatchPlan[],
  };
}

function isPlan(value: unknown): boolean {
  const { name, target, threshold, quantiles } = (value ?? {}) as Partial<WatchPlan>;
  const { metric, expr } = (target ?? {}) as { metric?: unknown; expr?: unknown };
  return (
    typeof name === 'string' &&
    typeof (metric ?? expr) === 'string' &&
    isPart(threshold) &&
    isListOf(isPart, quantiles)
  );
}

const isPart = (value: unknown) => typeof value === 'number' && value > 0 && value <= 1;

const isText = (value: unknown) => typeof value === 'string';
const isKept = (value: unknown) => isNote(value) && isText(value[4]);

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]!);
  return btoa(text);
}

const bytesOf = (text: string) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
