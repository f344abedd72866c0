import { nativeCode } from '#native-code';
import type { MetricHost, Refusal } from '../bound-series.ts';
import type { NativeRecording, NativeSeries } from './contract.ts';

/** So many observations are held while the code is loading. */
const MOST_HELD = 1_000_000;
const NOT_LOADED: Refusal = 'not_loaded';

/** A metric that waits for the code. */
export interface LateMetric {
  readonly name: string;
  readonly host: MetricHost;
  /** Is called when the code is there. */
  publish(): void;
}

const held = new Map<NativeSeries, number[]>();
let heldCount = 0;
/** Whether the code could not be loaded. Then nothing is held until another metric asks for it. */
let isMissing = false;
/** A metric may ask more than once. */
const waiting = new Set<LateMetric>();

/** Holds observations until the code is there. */
const holding: NativeRecording = {
  observe(series, value) {
    if (isMissing || heldCount === MOST_HELD) {
      lose(series);
      return false;
    }
    heldCount++;
    const values = held.get(series);
    if (values) values.push(value);
    else held.set(series, [value]);
    return true;
  },
  load() {},
  forget(series) {
    heldCount -= held.get(series)?.length ?? 0;
    held.delete(series);
  },
  counts: () => undefined,
  value: () => undefined,
  quantiles: (_, __, quantiles) => quantiles.map(() => Number.NaN),
};

/** This is what holds observations, until the code takes its place. */
export let nativeRecording = holding;

/** The code, or a promise of it: that differs between builds. */
type Code = { readonly recording: NativeRecording };

/**
 * Loads the code for a metric, where it is not part of the package's entry. Returns `undefined` once it is there.
 * Else resolves then, or when it cannot be loaded. Whoever asks next tries again.
 */
export function loadNative(metric: LateMetric): Promise<void> | undefined {
  if (nativeRecording !== holding) return undefined;
  const code = nativeCode() as Code | Promise<Code>;
  if ('then' in code) {
    waiting.add(metric);
    isMissing = false;
    return code.then(use, fail);
  }
  use(code);
  return undefined;
}

function use({ recording }: Code): void {
  nativeRecording = recording;
  // What is held of a series that was removed since goes with it.
  release((series, value) => recording.observe(series, value));
  for (const metric of waiting) metric.publish();
  waiting.clear();
}

function fail(): void {
  isMissing = true;
  release(lose);
}

/** Passes everything on that is held. */
function release(to: (series: NativeSeries, value: number) => unknown): void {
  const all = [...held];
  held.clear();
  heldCount = 0;
  for (const [series, values] of all) {
    for (const value of values) {
      try {
        if (series.address >= 0) to(series, value);
      } catch {} // what is refused throws if the collector is strict, and nobody is there to catch it
    }
  }
}

function lose({ owner: { host, name } }: NativeSeries): void {
  host.refuse(name, NOT_LOADED, 'the code of native buckets could not be loaded in time');
}
