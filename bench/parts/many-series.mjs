/**
 * What the parts about many series share: a fresh process for every contender and every round,
 * for a heap that has once held a hundred thousand series is not a fresh one any more.
 */
import { startChild } from '../harness/child-process.mjs';

const CHILD = new URL('../children/many-series.mjs', import.meta.url);

/**
 * @param {{ id: string }[]} contenders
 * @param {{ series: number, rounds: number }} plan
 * @param {(child: import('../harness/child-process.mjs').Child, contender: { id: string }) => Promise<object>} measure
 * @param {(line: string) => void} progress
 * @returns {Promise<Record<string, object[]>>} what `measure` gave, by contender and round
 */
export async function inFreshProcesses(contenders, { series, rounds }, measure, progress) {
  const results = Object.fromEntries(contenders.map(({ id }) => [id, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      progress(`${series} series, round ${round + 1} of ${rounds}: ${contender.id}`);
      const args = [`contenders/${contender.id}.mjs`, String(series)];
      const child = await startChild(CHILD, args, ['--expose-gc']);
      try {
        results[contender.id].push(await measure(child, contender));
      } finally {
        await child.end();
      }
    }
  }
  return results;
}
