/**
 * What the parts about many series share: a fresh process for every contender and every round,
 * for a heap that has once held a hundred thousand series is not a fresh one any more.
 */
import { startChild } from '../harness/child-process.mjs';
import { probe } from '../harness/quiet-share.mjs';

const BENCH = new URL('../', import.meta.url);

/**
 * @param {{ id: string, module?: string, bench?: URL }[]} contenders
 * @param {{ series: number, rounds: number, runtime?: string }} plan
 * @param {(child: import('../harness/child-process.mjs').Child, contender: { id: string }) => Promise<object>} measure
 * @param {(line: string) => void} progress
 * @returns {Promise<Record<string, object[]>>} what `measure` gave, by contender and round
 */
export async function inFreshProcesses(contenders, plan, measure, progress) {
  const { series, rounds, runtime } = plan;
  const results = Object.fromEntries(contenders.map(({ id }) => [id, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      progress(`${series} series, round ${round + 1} of ${rounds}: ${contender.id}`);
      const { id, module = `contenders/${id}.mjs`, bench = BENCH } = contender;
      const script = new URL('children/many-series.mjs', bench);
      const child = await startChild(script, [module, String(series)], ['--expose-gc'], runtime);
      try {
        results[contender.id].push(await measure(child, contender));
      } finally {
        await child.end();
        probe();
      }
    }
  }
  return results;
}
