/** Tests processes that own their collector in turn, since they have no common parent that could. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../folder.ts';
import { parseText } from '../formats/text-parser.ts';
import { type RealProcess, type Room, sibling } from './real-process.ts';

const room = async (options?: object): Promise<Room> => ({
  name: 'shop',
  directory: await makeFolder(),
  ...(options && { options }),
});

/** Starts a process, and waits until it has joined. */
async function joined(where: Room): Promise<RealProcess> {
  const one = sibling(where);
  expect(await one.ask('flush')).toBe(true);
  return one;
}

/** Returns the owner among processes, of which one owns the collector or is about to. */
function ownerOf(processes: readonly RealProcess[]): Promise<RealProcess> {
  return Promise.race(processes.map((one) => one.owns().then(() => one)));
}

/** Returns what a scraper finds at the owner. */
async function scraped(owner: RealProcess, name: string, labels: object = { n: 'x' }) {
  const { samples } = parseText(await (await fetch(await owner.owns())).text());
  const wanted = JSON.stringify(labels);
  return samples.find((one) => one.name === name && JSON.stringify(one.labels) === wanted)?.value;
}

const failures = (owner: RealProcess) =>
  scraped(owner, 'telemetry_errors_total', { reason: 'process' });

describe('processes that join one collector', () => {
  it('add up, in the process that owns it and in all others', async () => {
    const where = await room();
    const first = await joined(where);
    const others = await Promise.all([joined(where), joined(where)]);
    await first.count(1);
    await others[0]!.count(2);
    await others[1]!.count(4);
    await others[1]!.record({ kind: 'gauge', name: 'g', value: 5 });
    expect(await scraped(first, 'a_total')).toBe(7);
    for (const one of [first, ...others]) {
      expect(await one.ask('sample', { name: 'a_total' })).toBe(7);
      expect(one.logged).toEqual([]);
    }
    await others[1]!.kill();
    await expect.poll(() => scraped(first, 'g')).toBeUndefined();
    expect(await scraped(first, 'a_total')).toBe(7);
  });

  it('have one owner, even if all start at the same instant', async () => {
    const where = await room();
    const all = Array.from({ length: 6 }, () => sibling(where));
    await Promise.all(all.map((one) => one.count(1)));
    expect(await Promise.all(all.map((one) => one.ask('flush')))).toEqual(all.map(() => true));
    const owner = await ownerOf(all);
    expect(await scraped(owner, 'a_total')).toBe(6);
    expect(all.filter(({ url }) => url)).toEqual([owner]);
    expect(await readdir(where.directory)).toHaveLength(1);
  });

  it('have a collector for each name', async () => {
    const where = await room();
    const one = await joined(where);
    const other = await joined({ ...where, name: 'other' });
    await one.count(1);
    await other.count(2);
    expect(await scraped(one, 'a_total')).toBe(1);
    expect(await scraped(other, 'a_total')).toBe(2);
  });
});

describe('when the owner ends', () => {
  it('by a kill, another goes on with all that was shown', async () => {
    const where = await room();
    const first = await joined(where);
    const others = await Promise.all([joined(where), joined(where)]);
    const ended = await joined(where);
    await ended.count(100);
    await ended.ask('shutdown');
    await first.count(1);
    await first.record({ kind: 'gauge', name: 'g', value: 5 });
    await others[0]!.count(2);
    await others[1]!.count(4);
    expect(await scraped(first, 'a_total')).toBe(107);
    await first.kill();
    const next = await ownerOf(others);
    expect(await scraped(next, 'a_total')).toBe(107);
    await expect.poll(() => scraped(next, 'g')).toBeUndefined();
    await others[0]!.count(10);
    await others[1]!.count(20);
    await expect.poll(() => scraped(next, 'a_total')).toBe(137);
    for (const one of others) expect(one.logged).toEqual([]);
  });

  it('again and again, no count falls, and none is there twice', async () => {
    const where = await room();
    let all = [await joined(where), await joined(where), await joined(where)];
    let total = 0;
    for (let life = 0; life < 4; life++) {
      const owner = await ownerOf(all);
      await Promise.all(all.map((one) => one.count(1)));
      total += 3;
      await expect.poll(() => scraped(owner, 'a_total')).toBe(total);
      if (life % 2) await owner.kill();
      else await owner.ask('shutdown');
      all = [...all.filter((one) => one !== owner), sibling(where)];
    }
    await expect.poll(async () => scraped(await ownerOf(all), 'a_total')).toBe(total);
  });

  it('by itself, all is handed over that it has counted', async () => {
    const where = await room();
    const first = await joined(where);
    const second = await joined(where);
    await first.count(3);
    await first.ask('shutdown');
    expect(await scraped(second, 'a_total')).toBe(3);
    expect(second.logged).toEqual([]);
    await second.ask('shutdown');
    // Nobody is left, and no file.
    expect(await readdir(where.directory)).toEqual([]);
  });

  it('together with all others, none is told that it is not collected', async () => {
    const where = await room();
    const all = [await joined(where), await joined(where), await joined(where)];
    await Promise.all(all.map((one) => one.count(1)));
    await Promise.all(all.map((one) => one.ask('shutdown')));
    // Those of a later day do not wait for any of them.
    all.push(await joined(where));
    for (const one of all) expect(one.logged).toEqual([]);
  });

  it('while its heir stands still, the others go on, and say what is lost', async () => {
    const where = await room();
    const first = await joined(where);
    const heir = await joined(where);
    const third = await joined(where);
    await first.count(1);
    await heir.count(2);
    await third.count(4);
    expect(await scraped(first, 'a_total')).toBe(7);
    heir.child.kill('SIGSTOP');
    // It is seen that the heir does not answer, and another is chosen.
    await third.count(1);
    await expect.poll(() => scraped(first, 'a_total')).toBe(8);
    await third.count(1);
    await expect.poll(() => scraped(first, 'a_total')).toBe(9);
    await first.kill();
    expect(await scraped(third, 'a_total')).toBe(9);
    heir.child.kill('SIGCONT');
    await heir.count(10);
    await expect.poll(() => scraped(third, 'a_total')).toBe(19);
    expect(await failures(third)).toBeUndefined();
  });

  it('together with its heir, what both have counted is lost, and that is counted', async () => {
    const where = await room();
    const first = await joined(where);
    const heir = await joined(where);
    const third = await joined(where);
    await Promise.all([first.count(1), heir.count(2), third.count(4)]);
    expect(await scraped(first, 'a_total')).toBe(7);
    heir.child.kill('SIGKILL');
    first.child.kill('SIGKILL');
    await Promise.all([first.exit, heir.exit]);
    await expect.poll(() => failures(third)).toBe(2);
    expect(await scraped(third, 'a_total')).toBe(4);
    await third.hasLogged(/its counts are lost/);
  });
});

describe('what is stored', () => {
  const stored = async () => {
    const persist = { name: 'shop', directory: join(await makeFolder(), 'stored') };
    return room({ persist });
  };

  it('is there once, whoever goes on', async () => {
    const where = await stored();
    const first = await joined(where);
    const second = await joined(where);
    await first.count(1);
    await second.count(2);
    await second.ask('flush');
    await first.kill();
    expect(await scraped(second, 'a_total')).toBe(3);
    const third = await joined(where);
    await third.count(4);
    await second.ask('shutdown');
    expect(await scraped(third, 'a_total')).toBe(7);
    await third.ask('shutdown');
    // All have ended. Those of a later day go on from there.
    const later = await joined(where);
    await later.count(10);
    await expect.poll(() => scraped(later, 'a_total')).toBe(17);
  });

  it('is what is left when the only process is killed', async () => {
    const where = await stored();
    const first = await joined(where);
    await first.count(5);
    await first.ask('flush');
    await first.kill();
    // Its socket is still there.
    const next = await joined(where);
    await next.count(1);
    await expect.poll(() => scraped(next, 'a_total')).toBe(6);
    await next.hasLogged(/is lost, unless it was stored/);
  });
});
