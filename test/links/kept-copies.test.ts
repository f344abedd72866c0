/** Tests how much the owner keeps of a thread whose memory is private, and which is scraped again and again. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { joinThread, makeCollector } from '../collectors.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

it('does not grow with the number of scrapes', async () => {
  const owner = makeCollector({ link: 'shared' });
  const thread = joinThread(owner, { link: 'message' });
  const counter = thread.registerCounter('many_total', '', { labelNames: ['n'] });
  for (let n = 0; n < 1900; n++) counter.increment(1, { n: `${n}` });
  const scrape = async (times: number) => {
    for (let i = 0; i < times; i++) {
      counter.increment(1, { n: '0' });
      await owner.getSnapshot();
    }
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const before = await scrape(20);
  const copy = 1900 * Float64Array.BYTES_PER_ELEMENT;
  // Garbage of the last few scrapes may still be there. Kept copies would take 200 times as much as one.
  expect((await scrape(200)) - before).toBeLessThan(50 * copy);
});
