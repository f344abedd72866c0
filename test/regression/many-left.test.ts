/** What many owners have left that have ended at the same time, such as a server's processes. */
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const OWNERS = 6;
/** Such labels of 20,000 series make a record of five megabytes. */
const LONG = 'x'.repeat(200);

it('is claimed a part at a time, and all of it is counted once', async () => {
  const directory = await makeFolder();
  const options = {
    link: 'inline',
    seriesLimit: 20_000,
    persist: { name: 'app', directory },
  } as const;
  const register = (collector: ReturnType<typeof makeCollector>) =>
    collector.registerCounter('long_total', '', { labelNames: ['n', 'text'] });
  const first = makeCollector(options);
  const counter = register(first);
  for (let n = 0; n < 20_000; n++) counter.increment(1, { n: `${n}`, text: LONG });
  await first.shutdown();
  const [file = ''] = await readdir(directory);
  for (let owner = 1; owner < OWNERS; owner++) {
    const id = `${owner}`.repeat(32);
    await copyFile(join(directory, file), join(directory, file.replace(/[0-9a-f]{32}/, id)));
  }
  const next = makeCollector(options);
  register(next);
  const labels = { n: '7', text: LONG };
  await expect.poll(() => sampleOf(next, 'long_total', labels), { timeout: 60_000 }).toBe(OWNERS);
  await next.shutdown();
  expect(await readdir(directory)).toHaveLength(1);
  const last = makeCollector(options);
  register(last);
  expect(await sampleOf(last, 'long_total', labels)).toBe(OWNERS);
  await last.shutdown();
});
