/** Types for scripts/runtimes-table.mjs, which makes the table in docs/runtimes.md. */
import type { Measured } from './results.ts';

type Row = readonly string[];

interface TableModule {
  rowOf(result: Measured): Row;
  conformanceTable(rows: readonly Row[]): string;
  committedRows(): Promise<Map<string, Row>>;
}

const script = new URL('../../scripts/runtimes-table.mjs', import.meta.url).href;
const table = (await import(script)) as TableModule;

export const printedTable = (results: readonly Measured[]): string =>
  table.conformanceTable(results.map(table.rowOf));

/**
 * Resolves to what the committed table says of these places and what it should say. Versions are left out:
 * they only say where the rest was found out. The system may have updated a browser since then.
 */
export async function compareWithCommitted(
  results: readonly Measured[],
): Promise<{ committed: readonly Row[]; measured: readonly Row[] }> {
  const found = (row: Row | undefined): Row => (row ?? []).filter((_, column) => column !== 1);
  const rows = await table.committedRows();
  return {
    committed: results.map(({ place }) => found(rows.get(place))),
    measured: results.map((result) => found(table.rowOf(result))),
  };
}
