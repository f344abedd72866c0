/**
 * Measures what it takes to get ready: to import, to open and to register a hundred metrics, in a process
 * that has just begun.
 */
import { startChild } from '../harness/child-process.mjs';
import { probe } from '../harness/quiet-share.mjs';
import { ratio, summarise } from '../harness/statistics.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atMost } from '../harness/verdict.mjs';
import { writeIdleModule } from '../yardsticks/idle-module.mjs';

const CHILD = new URL('../children/startup.mjs', import.meta.url);

const EMPTY = { id: 'empty-module', title: 'import of an empty module' };
const IDLE = { id: 'idle-module', title: 'import of as much text that does not run' };
const ALONE = { id: 'import-alone', title: 'import of utilityfog alone' };

async function measure(id) {
  const child = await startChild(CHILD, [id]);
  try {
    const figures = await child.ask('start');
    await child.ask('check');
    return figures;
  } finally {
    await child.end();
    probe();
  }
}

/**
 * @param {{ contenders: { id: string, title: string }[] }} options
 * @param {{ rounds: number }} plan
 * @param {(line: string) => void} progress
 */
export async function startup({ contenders }, { rounds }, progress) {
  const participants = [...contenders, ALONE, IDLE, EMPTY];
  await writeIdleModule();
  const results = Object.fromEntries(participants.map(({ id }) => [id, []]));
  for (let round = 0; round < rounds; round++) {
    progress(`fresh processes, round ${round + 1} of ${rounds}`);
    for (const { id } of participants) results[id].push(await measure(id));
  }
  const of = (id, key) => results[id].map((figures) => figures[key]);
  const rows = participants.map(({ id, title }) => ({
    id,
    title,
    time: summarise(of(id, 'time')),
    cpu: summarise(of(id, 'cpu')),
    toEmpty: ratio(of(id, 'time'), of(EMPTY.id, 'time')),
    toOurs: results.ours && id !== 'ours' ? ratio(of(id, 'time'), of('ours', 'time')) : undefined,
  }));
  const head = ['import, open, 100 registrations (ms)', 'time', 'CPU of the main thread'];
  const text = table(
    [...head, 'this / empty module', 'this / ours'],
    rows.map((row) => [
      row.title,
      cell(row.time),
      cell(row.cpu),
      ratioCell(row.toEmpty),
      ratioCell(row.toOurs),
    ]),
  );
  return { rows, text, figures: figures(rows) };
}

function figures(rows) {
  const [ours, alone, idle] = ['ours', ALONE.id, IDLE.id].map((id) =>
    rows.find((row) => row.id === id),
  );
  if (!ours) return [];
  const yardstick = `${ours.toEmpty.median.toFixed(1)}x an empty module`;
  const limit =
    `Getting ready: importing is ${cell(alone.time)} ms of it, and ${cell(idle.time)} ms where the same text ` +
    'is read and parsed and does nothing. In a process that has just begun no code is compiled, and a ' +
    'registration takes many times as long as later.';
  return [atMost(`import, open, 100 registrations (${yardstick})`, ours.time, 2, ' ms', limit)];
}
