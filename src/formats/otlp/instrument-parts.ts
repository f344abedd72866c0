import {
  type Instrument,
  type InstrumentationScope,
  type MetricFamily,
  numbersPerSeries,
  type SeriesLabels,
} from '../../model.ts';

/** What one instrument has recorded of a family. */
export interface InstrumentPart {
  /** Absent if the family is not of OpenTelemetry. */
  readonly instrument?: Instrument | undefined;
  readonly family: MetricFamily;
}

/** Where the series of an instrument are in the list of the family. */
interface Share {
  readonly instrument: Instrument;
  readonly series: SeriesLabels[];
  readonly rows: number[];
}

/** The shares of a list of series. The list is the same from one snapshot to the next while the series are. */
const known = new WeakMap<readonly SeriesLabels[], readonly Share[]>();

/**
 * Returns the parts of a family, one for each instrument: several instruments may have one name in Prometheus. Most
 * families have one part, which is the family itself.
 */
export function instrumentParts(family: MetricFamily): InstrumentPart[] {
  const { series } = family;
  if (!series.some(({ instrumented }) => instrumented)) return [{ family }];
  let shares = known.get(series);
  if (!shares) known.set(series, (shares = sharesOf(series)));
  if (shares.length === 1) return [{ instrument: shares[0]!.instrument, family }];
  return shares.map((share) => ({ instrument: share.instrument, family: partOf(family, share) }));
}

function sharesOf(series: readonly SeriesLabels[]): Share[] {
  const shares = new Map<Instrument, Share>();
  // Nobody can say of which instrument the overflow series is. It goes to the first.
  const first = series.find(({ instrumented }) => instrumented)!.instrumented!;
  for (const [row, one] of series.entries()) {
    const { instrument } = one.instrumented ?? first;
    let share = shares.get(instrument);
    if (!share) shares.set(instrument, (share = { instrument, series: [], rows: [] }));
    share.series.push(one);
    share.rows.push(row);
  }
  return [...shares.values()];
}

function partOf(family: MetricFamily, { series, rows }: Share): MetricFamily {
  const width = numbersPerSeries(family);
  const values = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    values.set(family.values.subarray(row * width, (row + 1) * width), i * width);
  }
  const { natives, created } = family;
  return {
    ...family,
    series,
    values,
    ...(natives && { natives: rows.map((row) => natives[row]!) }),
    ...(created && { created: Float64Array.from(rows, (row) => created[row]!) }),
  };
}

/** Tells whether two scopes are the same, as the text of one. */
export function scopeKey({ name, version, schemaUrl, attributes }: InstrumentationScope): string {
  return JSON.stringify([name, version, schemaUrl, attributes]);
}
