/**
 * Measures what recording an event of 200 bytes costs. The only peer that has events is Grafana Faro. The
 * yardsticks are the least that has to be done, and the ways in which any thread can copy a value.
 */
import { measureInTurn, ratioOfRounds, summariseRounds } from '../harness/rounds.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atLeast, atMost } from '../harness/verdict.mjs';

const COPIES = 'yardsticks/copies.mjs';

const PARTICIPANTS = [
  { key: 'ours', title: 'recordEvent', module: 'contenders/ours.mjs', work: 'record-event' },
  { key: 'faro', title: 'Faro pushEvent', module: 'contenders/faro.mjs', work: 'push-event' },
  {
    key: 'oursNew',
    title: 'recordEvent, 2 texts are new',
    module: 'contenders/ours.mjs',
    work: 'record-event-new-texts',
  },
  {
    key: 'faroNew',
    title: 'Faro pushEvent, 2 texts are new',
    module: 'contenders/faro.mjs',
    work: 'push-event-new-texts',
  },
  {
    key: 'walk',
    title: 'fields followed, and the time',
    module: 'yardsticks/field-walk.mjs',
    work: 'field-walk',
  },
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
  const participants = PARTICIPANTS.filter(({ key }) => withOurs || !isOurs(key));
  const rounds = await measureInTurn(participants, plan);
  const rows = participants.map(({ key, title }) => ({
    title,
    call: summariseRounds(rounds[key], 'ns'),
    cpu: summariseRounds(rounds[key], 'cpuNs'),
    oursTo:
      withOurs && !isOurs(key) ? ratioOfRounds(oursFor(rounds, key), rounds[key], 'ns') : undefined,
    cpuToStringify: ratioOfRounds(rounds[key], rounds.stringify, 'cpuNs'),
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
      ...cpuColumn('this / JSON.stringify (CPU)'),
    ],
    rows.map((row) => [
      row.title,
      cell(row.call),
      ...cpuColumn(cell(row.cpu)),
      ratioCell(row.oursTo),
      ...cpuColumn(ratioCell(row.cpuToStringify)),
    ]),
  );
  return { rows, text, figures: withOurs ? figures(rounds, rows[0], withCpu) : [] };
}

const isOurs = (key) => key.startsWith('ours');

/** It has the same texts as that participant. */
const oursFor = (rounds, key) => (key.endsWith('New') ? rounds.oursNew : rounds.ours);

const LEAST =
  'recordEvent: to ask for the time and to follow the fields of the value, keeping nothing of it, is ' +
  'the least that a call can do which takes the value as it is at that moment.';

function figures({ ours, faro, walk }, { cpu, cpuToStringify }, withCpu) {
  const faroToWalk = ratioCell(ratioOfRounds(faro, walk, 'ns'));
  const oursToWalk = ratioCell(ratioOfRounds(ours, walk, 'ns'));
  const call = atLeast(
    'recordEvent: Faro pushEvent / ours',
    ratioOfRounds(faro, ours, 'ns'),
    10,
    'x',
    `${LEAST} Faro takes ${faroToWalk} the time of that, and ours ${oursToWalk}.`,
  );
  if (!withCpu) return [call];
  const yardstick = `${cpuToStringify.median.toFixed(1)}x JSON.stringify`;
  const title = `recordEvent: CPU of the thread in all (${yardstick})`;
  const alone = cell(summariseRounds(walk, 'cpuNs'));
  return [call, atMost(title, cpu, 1000, ' ns', `${LEAST} That is ${alone} ns here.`)];
}
