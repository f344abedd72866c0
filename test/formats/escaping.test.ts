import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedFamilies } from '../../src/formats/exposed-names.ts';
import { escapedName } from '../../src/kinds/escaping.ts';
import { LABEL_NAME } from '../../src/kinds/names.ts';
import { rich } from './any-family.ts';

describe('a name', () => {
  // The same names as in the tests of prometheus/common. But legal names stay as they are by every scheme, as
  // in its expositions.
  it.each([
    [
      'no:escaping_required',
      'no:escaping_required',
      'no:escaping_required',
      'no:escaping_required',
    ],
    [
      'mysystem.prod.west.cpu.load',
      'mysystem_prod_west_cpu_load',
      'mysystem_dot_prod_dot_west_dot_cpu_dot_load',
      'U__mysystem_2e_prod_2e_west_2e_cpu_2e_load',
    ],
    [
      'mysystem.prod.west.cpu.load_total',
      'mysystem_prod_west_cpu_load_total',
      'mysystem_dot_prod_dot_west_dot_cpu_dot_load__total',
      'U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total',
    ],
    ['http.status:sum', 'http_status:sum', 'http_dot_status:sum', 'U__http_2e_status:sum'],
    ['label with 😱', 'label_with__', 'label__with____', 'U__label_20_with_20__1f631_'],
    ['花火', '__', '____', 'U___82b1__706b_'],
    ['label with Ā', 'label_with__', 'label__with____', 'U__label_20_with_20__100_'],
    ['1st', '_st', '__st', 'U___31_st'],
    ['\ud800', '_', '__', 'U___fffd_'],
  ])('%j', (name, underscores, dots, values) => {
    expect(escapedName(name, 'underscores')).toBe(underscores);
    expect(escapedName(name, 'dots')).toBe(dots);
    expect(escapedName(name, 'values')).toBe(values);
    expect(escapedName(name, 'allow-utf-8')).toBe(name);
  });

  it('of a label has no colon', () => {
    const label = (name: string) => escapedName(name, 'values', LABEL_NAME);
    expect(label('a:b')).toBe('U__a_3a_b');
    expect(label('a_b')).toBe('a_b');
  });

  it('is legal when it is escaped, and can be told from others by values', () => {
    const name = fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.toWellFormed());
    fc.assert(
      fc.property(name, name, (one, other) => {
        for (const scheme of ['underscores', 'dots', 'values'] as const) {
          expect(escapedName(one, scheme)).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
        }
        fc.pre(one !== other && !one.startsWith('U__') && !other.startsWith('U__'));
        expect(escapedName(one, 'values')).not.toBe(escapedName(other, 'values'));
      }),
    );
  });
});

describe('two names that escape to one', () => {
  const namesOf = (...names: string[]) =>
    namedFamilies(
      names.map((name) => rich({ name })),
      'underscores',
    ).map(({ name }) => name);

  it.each([
    [
      ['a.b', 'a_b'],
      ['U__a_2e_b', 'a_b'],
    ],
    [
      ['a.b', 'a-b'],
      ['a_b', 'U__a_2d_b'],
    ],
    [
      ['a.b', 'a_b', 'U__a_2e_b'],
      ['U_U__a_2e_b', 'a_b', 'U__a_2e_b'],
    ],
  ])('%j are exposed as %j', (given, exposed) => {
    expect(namesOf(...given)).toEqual(exposed);
  });

  it('are told apart if only samples would have the same name', () => {
    const histogram = rich({
      name: 'a.b',
      type: 'histogram',
      data: 'buckets',
      buckets: [],
      numbers: [[0, 0]],
    });
    const all = namedFamilies([histogram, rich({ name: 'a_b_count' })], 'underscores');
    expect(all.map(({ name }) => name)).toEqual(['U__a_2e_b', 'a_b_count']);
  });

  it('may be labels', () => {
    // The last one would rename its metric.
    const labelNames = ['a.b', 'a_b', 'l:e', 'l.e', '..name..', 'otel.metric.overflow'];
    const [{ label }] = namedFamilies([rich({ labelNames, labels: { 'a b': '' } })], 'underscores');
    const names = ['a b', ...labelNames].map(label);
    expect(names).toEqual([
      ...['U__a_20_b', 'U__a_2e_b', 'a_b', 'l_e', 'U__l_2e_e'],
      'U___2e__2e_name_2e__2e_',
      // Without the dots it would be that of the overflow series.
      'U__otel_2e_metric_2e_overflow',
    ]);
  });
});
