import { isListOf } from '../../model.ts';
import { type KnownState, seriesKey } from './known-state.ts';
import type { RunningWatch } from './running-watch.ts';
import type { WatchPlan } from './watch-plan.ts';

/** What is kept must be less than a million characters. */
const MOST_KEPT = 900_000;
const LATEST = 8.64e12;

/** A series as it is kept: its key, its last time, its episode, and its detector in base64. */
type KeptSeries = readonly [
  key: string,
  time: number,
  since: number,
  calm: number,
  detector: string,
];

/** What a part has left. */
export interface KeptWatches {
  /** Of which life of the application it is. */
  readonly life: string;
  readonly watches: readonly WatchPlan[];
  readonly states: readonly (readonly [key: string, state: KnownState])[];
}

/** Writes the watches, and of what their detectors know as much as there is room for: that of live series first. */
export function writeWatches(
  life: string,
  watches: Iterable<RunningWatch>,
  known: ReadonlyMap<string, KnownState>,
): string {
  const running = [...watches];
  const head = JSON.stringify({ life, watches: running.map(({ plan }) => plan) });
  let room = MOST_KEPT - head.length;
  const series: string[] = [];
  const add = (key: string, { time, episode, detector }: KnownState) => {
    const one: KeptSeries = [key, time, episode.since, episode.calm, base64(detector)];
    const text = JSON.stringify(one);
    room -= text.length + 1;
    if (room > 0) series.push(text);
    return room > 0;
  };
  for (const { plan, series: live } of running) {
    for (const { labels, statistic, time, episode, detector } of live) {
      const key = seriesKey(plan.name, labels, statistic);
      if (!add(key, { time, episode, detector: detector.save() })) break;
    }
  }
  for (const [key, state] of [...known].reverse()) if (!add(key, state)) break;
  return `${head.slice(0, -1)},"series":[${series.join()}]}`;
}

/** @throws Error if it is not what was written */
export function readWatches(text: string): KeptWatches {
  const { life, watches, series } = JSON.parse(text);
  if (!isListOf(isPlan, watches) || !isListOf(isKept, series)) {
    throw new Error('what was kept of watches is not sound');
  }
  const states = (series as unknown as KeptSeries[]).map(([key, time, since, calm, detector]) => {
    return [key, { time, episode: { since, calm }, detector: bytesOf(detector) }] as const;
  });
  return { life, watches: watches as unknown as WatchPlan[], states };
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

function isKept(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [key, time, since, calm, detector] = value;
  return (
    typeof key === 'string' &&
    [time, since].every(isTime) &&
    Number.isFinite(calm) &&
    typeof detector === 'string'
  );
}

/** Whether it is a time of day in seconds since 1970 that a `Date` can show. */
const isTime = (value: unknown) => typeof value === 'number' && value >= 0 && value <= LATEST;

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]!);
  return btoa(text);
}

const bytesOf = (text: string) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
