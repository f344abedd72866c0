/** Proves the point: the measured thread stands still, and is measured all the same. */
import type { TelemetryCollector } from 'utilityfog-telemetry';
import { total } from './snapshot-reader.ts';

const RUNS = 'telemetry_collection_runs_total';
const STALL = 'telemetry_main_thread_stall_seconds';
/** The time, at the end of the block, that the collector has to answer while this thread is still stuck. */
const ANSWER_SECONDS = 0.1;
/** How many promises settle before a call of the collector is on its way to the worker. */
const MICROTASKS = 20;

/** Stands still for so many seconds, and tells what the collector saw of it. */
export async function blockMainThread(
  collector: TelemetryCollector,
  seconds: number,
): Promise<string> {
  const before = await collector.getSnapshot();
  spin(seconds - ANSWER_SECONDS);
  // The worker is asked before this thread is free again: no timer runs between here and the second spin.
  // So it answers what it sees of a thread that is stuck.
  const answer = collector.getSnapshot();
  for (let i = 0; i < MICROTASKS; i += 1) await null;
  spin(ANSWER_SECONDS);
  const during = await answer;
  const runs = total(during, RUNS) - total(before, RUNS);
  const stall = total(during, STALL);
  return (
    `Blocked for ${seconds} s. Meanwhile the worker made ${runs} collection runs ` +
    `and saw this thread silent for ${stall.toFixed(1)} s.`
  );
}

function spin(seconds: number): void {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end);
}
