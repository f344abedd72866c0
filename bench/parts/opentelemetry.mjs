/** Measures what a call to OpenTelemetry's API costs with its SDK, and with our collector in place of it. */
import { measureInTurn, ratioOfRounds, summariseRounds } from '../harness/rounds.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atLeast } from '../harness/verdict.mjs';

const PARTICIPANTS = { ours: 'opentelemetry-ours', sdk: 'opentelemetry' };

/** How many times as long as ours the SDK must take, where that was promised. */
const WORKS = [
  { work: 'increment', title: 'counter.add' },
  { work: 'increment-1', title: 'counter.add, 2 attributes: the same set', faster: 10 },
  { work: 'increment-16', title: 'counter.add, 2 attributes: 16 sets in turn', faster: 10 },
  { work: 'increment-1000', title: 'counter.add, 2 attributes: 1,000 sets in turn' },
  { work: 'increment-cut', title: 'counter.add, 2 attributes cut from a line' },
  { work: 'observe', title: 'histogram.record, 11 buckets' },
  { work: 'observe-labels', title: 'histogram.record, 2 attributes: 16 sets in turn', faster: 8 },
  { work: 'gauge-set', title: 'gauge.record' },
];

/**
 * @param {object} _
 * @param {import('../harness/rounds.mjs').Plan} plan
 * @param {(line: string) => void} progress
 */
export async function opentelemetry(_, plan, progress) {
  const rows = [];
  for (const { work, title, faster } of WORKS) {
    progress(title);
    const participants = Object.entries(PARTICIPANTS).map(([key, name]) => ({
      key,
      module: `contenders/${name}.mjs`,
      work,
    }));
    const rounds = await measureInTurn(participants, plan);
    const ns = Object.fromEntries(
      Object.entries(rounds).map(([key, measured]) => [key, summariseRounds(measured, 'ns')]),
    );
    rows.push({ work, title, faster, ns, sdkToOurs: ratioOfRounds(rounds.sdk, rounds.ours, 'ns') });
  }
  return {
    rows,
    text: table(
      ['call (ns)', 'utilityfog', '@opentelemetry/sdk-metrics', 'SDK / ours'],
      rows.map(({ title, ns, sdkToOurs }) => [
        title,
        cell(ns.ours),
        cell(ns.sdk),
        ratioCell(sdkToOurs),
      ]),
    ),
    figures: rows
      .filter(({ faster }) => faster)
      .map(({ title, faster, sdkToOurs }) =>
        atLeast(`${title}: SDK / ours`, sdkToOurs, faster, 'x'),
      ),
  };
}
