/**
 * What recording an event of 200 bytes costs. No peer has events, so the yardsticks are the means
 * by which any thread copies a value.
 */
import { measureInTurn, ratioOfRounds, summariseRounds } from '../harness/rounds.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';

const COPIES = 'yardsticks/copies.mjs';

const PARTICIPANTS = [
  { key: 'ours', title: 'recordEvent', module: 'contenders/ours.mjs', work: 'record-event' },
  { key: 'clone', title: 'structuredClone', module: COPIES, work: 'structured-clone' },
  { key: 'stringify', title: 'JSON.stringify', module: COPIES, work: 'json-stringify' },
  { key: 'post', title: 'postMessage to a worker', module: COPIES, work: 'post-message' },
];

/**
 * @param {{ contenders: { id: string }[] }} options
 * @param {import('../harness/rounds.mjs').Plan} plan
 * @param {(line: string) => void} progress
 */
export async function events({ contenders }, plan, progress) {
  progress('recordEvent with 200 bytes');
  const withOurs = contenders.some(({ id }) => id === 'ours');
  const participants = PARTICIPANTS.filter(({ key }) => withOurs || key !== 'ours');
  const rounds = await measureInTurn(participants, plan);
  const rows = participants.map(({ key, title }) => ({
    title,
    call: summariseRounds(rounds[key], 'ns'),
    cpu: summariseRounds(rounds[key], 'cpuNs'),
    oursTo: withOurs && key !== 'ours' ? ratioOfRounds(rounds.ours, rounds[key], 'ns') : undefined,
  }));
  // A page cannot tell the CPU time of its thread.
  const withCpu = rows.every(({ cpu }) => Number.isFinite(cpu.median));
  const cpuColumn = (text) => (withCpu ? [text] : []);
  const text = table(
    [
      'event of 200 bytes (ns)',
      'the call',
      ...cpuColumn('CPU of the thread in all'),
      'ours / this (call)',
    ],
    rows.map((row) => [
      row.title,
      cell(row.call),
      ...cpuColumn(cell(row.cpu)),
      ratioCell(row.oursTo),
    ]),
  );
  return { rows, text, figures: [] };
}
