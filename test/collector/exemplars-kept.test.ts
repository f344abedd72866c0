/** Tests how many exemplars a collector keeps, and for how long it waits for their series. */
import { describe, expect, it } from 'vitest';
import { EarlyExemplars } from '../../src/collector/early-exemplars.ts';
import { ExemplarLimit } from '../../src/collector/exemplar-limit.ts';
import { FamilyExemplars } from '../../src/collector/family-exemplars.ts';
import { MergedFamily } from '../../src/collector/merged-family.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import type { SeriesLabels } from '../../src/model.ts';
import type { SentExemplar } from '../../src/protocol/exemplar-batch.ts';

const series = (): SeriesLabels => ({ labelNames: [], labelValues: [] });
const exemplar = (timestamp: number) => ({ labels: { id: 'x' }, value: 1, timestamp });

/** Later than all exemplars here. Seconds since 1970. */
const NOW = 100;

describe('the exemplars of a family', () => {
  it('are the same objects as long as nothing changes, and the later one wins', () => {
    const kept = new FamilyExemplars();
    expect(kept.present).toBeUndefined();
    const [one, other] = [series(), series()];
    const [first, second] = [exemplar(2), exemplar(3)];
    kept.add(one, 2, first, NOW);
    const before = kept.present!;
    kept.add(one, 2, exemplar(1), NOW);
    expect(kept.present).toBe(before);
    kept.add(one, 0, second, NOW);
    kept.add(other, 0, second, NOW);
    expect([...before]).toEqual([[one, [undefined, undefined, first]]]);
    expect(kept.present!.get(one)).toEqual([second, undefined, first]);
    kept.delete(one);
    expect([...kept.present!.keys()]).toEqual([other]);
    kept.clear();
    expect(kept.present).toBeUndefined();
  });

  it('go with their series', () => {
    const definition = { name: 'a', description: '', type: 'counter', unit: '', labels: {} };
    const shaped = { ...definition, labelNames: ['n'], shape: {} };
    const family = new MergedFamily(shaped, READING_KINDS.get('counter')!);
    const number = family.series(['x'], false, 10);
    family.exemplars.add(family.labelsOf(number), 0, exemplar(1), NOW);
    family.delete(['x']);
    expect(family.exemplars.present).toBeUndefined();
  });

  it('are limited over all families: those go that had none for longest', () => {
    const limit = new ExemplarLimit();
    const families = [new FamilyExemplars(), new FamilyExemplars()];
    const all = Array.from({ length: 131_072 }, series);
    const add = (i: number, bucket = 0) => {
      const of = families[i % 2];
      of.add(all[i], bucket, exemplar(1), NOW);
      limit.kept(of, all[i]);
    };
    for (let i = 0; i < all.length; i++) add(i);
    expect(families.map(({ present }) => present!.size)).toEqual([65_536, 65_536]);
    add(0);
    add(1, 2);
    expect(families[1].present!.has(all[3])).toBe(false);
    expect(families[0].present!.has(all[2])).toBe(false);
    expect(families[0].present!.has(all[0])).toBe(true);
    expect(families[0].present!.has(all[4])).toBe(true);
  });
});

describe('exemplars of series that are not known yet', () => {
  const sent = (value: string): SentExemplar => [1, [value], false, 0, exemplar(1)];

  it('wait for ten seconds, a thousand of them', () => {
    const early = new EarlyExemplars();
    for (let i = 0; i < 1200; i++) early.add(sent(`${i}`), 0);
    const placed: string[] = [];
    const place = (isKnown: boolean) => (one: SentExemplar) => {
      placed.push(one[1][0]);
      return isKnown;
    };
    early.retry(9, place(false));
    expect(placed).toEqual(Array.from({ length: 1000 }, (_, i) => `${i + 200}`));
    early.retry(10, place(false));
    placed.length = 0;
    early.retry(10, place(true));
    expect(placed).toEqual([]);
    early.add(sent('a'), 10);
    early.add(sent('x'.repeat(10_000)), 10);
    early.retry(10, place(true));
    early.retry(10, place(true));
    expect(placed).toEqual(['a']);
  });
});
