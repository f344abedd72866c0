import type { Snapshot } from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import type { Format } from './format.ts';
import { type JsonSeries, jsonSeries } from './json.ts';
import { linePieces } from './line-pieces.ts';

/** One series, as a line of newline-delimited JSON has it. */
export type JsonLine = { readonly name: string; readonly type: string } & JsonSeries;

/** Newline-delimited JSON (https://jsonlines.org/): a line for each series, to be appended to what was before. */
export const ndjson: Format = {
  name: 'ndjson',
  isPushed: true,
  mediaTypes: [{ type: 'application/x-ndjson', contentType: 'application/x-ndjson' }],
  open: () => ({ write: (snapshot) => linePieces(jsonLines(snapshot)) }),
};

function* jsonLines({ families, timestamp }: Snapshot): Generator<string, void> {
  for (const family of families) {
    const { name, type } = family;
    for (let i = 0; i < family.series.length; i++) {
      // The fields that all lines have come first.
      const { timestamp: _, labels, ...others } = jsonSeries(family, i, timestamp);
      yield jsonText({ timestamp, name, type, labels, ...others } satisfies JsonLine);
    }
  }
}
