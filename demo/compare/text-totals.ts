/** Adds up the samples in a text of Prometheus' format. */
import type { Totals } from './telemetry.ts';
import { DISTANCE, POSITION, STEPS } from './workload.ts';

export function textTotals(text: string): Totals {
  const totals = new Map<string, number>();
  for (const line of text.split('\n')) {
    const name = line.slice(0, line.indexOf('{'));
    const value = Number(line.slice(line.lastIndexOf(' ') + 1));
    totals.set(name, (totals.get(name) ?? 0) + value);
  }
  const total = (name: string) => totals.get(name) ?? 0;
  return {
    steps: total(STEPS),
    positions: total(POSITION),
    observations: total(`${DISTANCE}_count`),
    distances: total(`${DISTANCE}_sum`),
  };
}
