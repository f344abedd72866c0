/** Types for scripts/runtimes-table.mjs, which makes the table in docs/runtimes.md. */
import type { Measured } from './results.ts';

type Row = readonly string[];

interface TableModule {
  rowOf(result: Measured): Row;
  tableOf(rows: readonly Row[]): string;
  committedRows(): Promise<Map<string, Row>>;
}

const script = new URL('../../scripts/runtimes-table.mjs', import.meta.url).href;
const table = (await import(script)) as TableModule;

export const printedTable = (results: readonly Measured[]): string =>
  table.tableOf(results.map(table.rowOf));

/**
 * What the committed table says of these places and what it should say. Of versions only the first
 * number: the rest changes with every update of a runtime.
 */
export async function compareWithCommitted(
  results: readonly Measured[],
): Promise<{ committed: readonly Row[]; measured: readonly Row[] }> {
  const major = (row: Row | undefined): Row =>
    (row ?? []).map((cell, column) => (column === 1 ? cell.split('.')[0] : cell));
  const rows = await table.committedRows();
  return {
    committed: results.map(({ place }) => major(rows.get(place))),
    measured: results.map((result) => major(table.rowOf(result))),
  };
}
