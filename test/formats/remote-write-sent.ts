/** Writes snapshots as remote write, and says what servers would make of it. */
import { expect } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import type { RemoteWriteBody } from '../../src/formats/remote-write/body.ts';
import type { RemoteWriteOptions } from '../../src/formats/remote-write/options.ts';
import type { RemoteWriteWriter } from '../../src/formats/remote-write/remote-write.ts';
import { splitBody } from '../../src/formats/remote-write/split-body.ts';
import type { MetricFamily, Snapshot } from '../../src/model.ts';
import { richSnapshot } from './any-family.ts';
import { type ReadSeries, readFirst, readSecond } from './remote-write-reader.ts';
import { keyOf, STALE } from './remote-write-series.ts';

export function bodiesOf(
  writer: RemoteWriteWriter,
  snapshot: Snapshot,
  options: RemoteWriteOptions = {},
): readonly RemoteWriteBody[] {
  const { bodies, done } = runToEnd(writer.write(snapshot, options));
  // Others may be written over them.
  const copies = bodies.map((body) => ({ ...body, bytes: body.bytes.slice() }));
  done();
  return copies;
}

export const readBody = ({ version, bytes }: RemoteWriteBody): ReadSeries[] =>
  version === '2.0' ? readSecond(bytes) : readFirst(bytes);

export const readAll = (bodies: readonly RemoteWriteBody[]) => bodies.flatMap(readBody);
export const at = (timestamp: number, ...families: MetricFamily[]): Snapshot => ({
  ...richSnapshot(...families),
  timestamp,
});

const encoder = new TextEncoder();
const isSorted = (names: readonly string[]) =>
  names.every(
    (name, i) =>
      i === 0 || Buffer.compare(encoder.encode(names[i - 1]), encoder.encode(name)) === -1,
  );

export interface Sent {
  readonly time: number;
  readonly value?: unknown;
  readonly histogram?: unknown;
  readonly start?: unknown;
  readonly isStale: boolean;
  readonly series: ReadSeries;
}

/** Returns what was sent by the labels of the series. Throws if servers would refuse it. */
export function sentIn(all: readonly ReadSeries[]): Map<string, Sent> {
  const sent = new Map<string, Sent>();
  for (const series of all) {
    const { labels, samples, histograms } = series;
    expect(isSorted(labels.map(([name]) => name))).toBe(true);
    expect(labels.some(([, value]) => value === '')).toBe(false);
    expect(samples.length + histograms.length).toBe(1);
    const key = keyOf(labels);
    if (sent.has(key)) throw new Error(`${key} is there twice`);
    const [one] = [...samples, ...histograms];
    const isNumber = samples.length > 0;
    sent.set(key, {
      time: one.timestamp as number,
      ...(isNumber ? { value: one.value } : { histogram: one }),
      start: one.start_timestamp ?? 0,
      isStale: (isNumber ? one.value : one.sum) === STALE,
      series,
    });
  }
  return sent;
}

/** Splits bodies until each has one series. */
export const crumbs = (body: RemoteWriteBody): RemoteWriteBody[] =>
  body.ends.length < 2 ? [body] : splitBody(body).flatMap(crumbs);
