/**
 * Runs random programs of threads whose collector's worker is killed. No total may be wrong, and none may
 * fall. `npm run test:threads -- --seeds 500 --from 1000` runs others than the few that always run, and
 * with `--shrink` looks for the shortest program that shows the fault.
 */
import { expect, it } from 'vitest';
import { type Program, programOf, textOfProgram } from './program.ts';
import { faultOf } from './run-program.ts';

const from = Number(process.env.THREADS_FROM ?? 1);
const count = Number(process.env.THREADS_SEEDS ?? 8);
/** Threads never do the same twice. So many times a shorter program may fail to show the fault. */
const ATTEMPTS = 3;
const isLong = process.env.THREADS_SEEDS !== undefined;
const erases = process.env.THREADS_ERASES !== undefined;
const isShrunk = process.env.THREADS_SHRINK !== undefined;

const seeds = Array.from({ length: count }, (_, i) => from + i);
it.each(seeds)(
  'seed %i',
  async (seed) => {
    const program = programOf(seed, erases);
    const fault = await faultOf(program);
    if (fault === undefined) return;
    const { shortest, shown } = isShrunk
      ? await shrink(program, fault)
      : { shortest: program, shown: fault };
    const found = `seed ${seed}: ${shown}\n${textOfProgram(shortest)}`;
    // Printed at once, so that a long run reports its failures long before its end.
    if (isLong) console.error(found);
    expect.fail(found);
  },
  1_200_000,
);

/** Leaves out what is not needed to see a fault. */
async function shrink(
  program: Program,
  fault: string,
): Promise<{ shortest: Program; shown: string }> {
  let shortest = program;
  let shown = fault;
  for (let size = 8; size >= 1; size = Math.floor(size / 2)) {
    for (let at = shortest.steps.length - size; at >= 0; at -= size) {
      const steps = shortest.steps.filter((_, i) => i < at || i >= at + size);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const seen = await faultOf({ ...shortest, steps });
        if (seen === undefined) continue;
        shortest = { ...shortest, steps };
        shown = seen;
        break;
      }
    }
  }
  return { shortest, shown };
}
