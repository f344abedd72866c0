/** Describes a runtime: its name, how fast it is undisturbed, and which contenders can run there. */
import { startChild } from './child-process.mjs';
import { HERE } from './runtimes.mjs';

const PLACE = new URL('../children/place.mjs', import.meta.url);
const LOOP = new URL('../children/loop.mjs', import.meta.url);

/** @typedef {{ runtime: string, name: string, quietNs: number, contenders: object[], notes: string[] }} Place */

async function inChild(script, args, runtime, use) {
  const child = await startChild(script, args, [], runtime);
  try {
    return await use(child);
  } finally {
    await child.end();
  }
}

/** @throws where the contender cannot do the simplest work there */
const tryOut = (contender, runtime) =>
  inChild(LOOP, [`contenders/${contender.id}.mjs`, 'increment'], runtime, async (child) => {
    await child.ask('prepare', { sliceMs: 1, warmUpMs: 1, quietNs: Number.MAX_VALUE });
    await child.ask('check');
  });

/**
 * @template {{ id: string, title: string }} C
 * @param {string} runtime
 * @param {C[]} contenders
 * @returns {Promise<Place>} with those contenders that run there; the notes say why others do not
 */
export async function visit(runtime, contenders) {
  const found = await inChild(PLACE, [], runtime, async (child) => ({
    name: await child.ask('name'),
    quietNs: await child.ask('findBest', 500),
  }));
  const running = [];
  const notes = [];
  for (const contender of contenders) {
    try {
      await tryOut(contender, runtime);
      running.push(contender);
    } catch (error) {
      if (contender.id === 'ours' || runtime === HERE) throw error;
      const [reason] = error.message.split('\n');
      notes.push(`${contender.title} is left out, for it does not run in ${found.name}: ${reason}`);
    }
  }
  return { runtime, ...found, contenders: running, notes };
}
