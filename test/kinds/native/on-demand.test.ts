/** Pages load the code of native buckets when they need it: what if it comes late, or never? */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { NativeOptions } from '../../../src/kinds/native/options.ts';
import type { CatalogueVisitor } from '../../../src/pages/thread-reader.ts';

type Code = { readonly recording: unknown };
interface Attempt {
  readonly resolve: (code: Code) => void;
  readonly reject: (error: Error) => void;
}

const attempts: Attempt[] = [];
const load = () =>
  new Promise<Code>((resolve, reject) => {
    attempts.push({ resolve, reject });
  });

vi.mock('../../../src/kinds/native/at-hand.ts', () => ({ nativeCode: () => load() }));

/** Makes the metrics of a thread whose code is not loaded yet. */
async function makePage({ strict = false } = {}) {
  vi.resetModules();
  attempts.length = 0;
  const { Registry } = await import('../../../src/metrics/registry.ts');
  const { recordingHistogram } = await import('../../../src/kinds/histogram/recording.ts');
  const code = await import('../../../src/kinds/native/native-recording.ts');
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const registry = new Registry({
    ...{ shared: false, seriesLimit: 100, strict, onRegister() {}, onErasure() {} },
    logger: { warn, error: warn },
    sendExemplars: () => undefined,
    after: () => () => {},
  });
  const told: string[] = [];
  const catalogue: CatalogueVisitor = {
    time() {},
    family: (id) => void told.push(`family ${id}`),
    series: (id, _, values) => void told.push(`series ${id} ${values}`),
    seriesErased() {},
    seriesRemoved() {},
    seriesMoved() {},
    seriesExpired() {},
    familyRemoved() {},
  };
  const register = (name: string, native: NativeOptions | true = true) =>
    registry.register(recordingHistogram, name, '', { native } as object);
  const lost = () => {
    const [, , errors] = registry.all;
    let count = 0;
    errors!.each((series, values) => {
      if (values[0] === 'not_loaded') count += (errors!.at(series) as { value?: number }).value!;
    });
    return count;
  };
  return { registry, register, catalogue, code, warnings, told, lost };
}

describe('code of native buckets that is loaded on demand', () => {
  let page: Awaited<ReturnType<typeof makePage>>;
  beforeEach(async () => {
    page = await makePage();
  });

  it('counts what was observed before, and tells of a metric once', async () => {
    const { registry, register, catalogue, code, told } = page;
    const histogram = register('h');
    histogram.observe(1);
    histogram.observe(2);
    registry.attach(catalogue);
    registry.attach(catalogue);
    expect(told.filter((what) => what.includes(` ${histogram.id}`))).toEqual([]);
    for (const { resolve } of attempts) resolve(code);
    await registry.late;
    expect(histogram.getValue()).toMatchObject({ count: 2, sum: 3 });
    const own = told.filter((what) => what.startsWith(`series ${histogram.id} `));
    expect(own).toHaveLength(1);
    expect(registry.late).toBeUndefined();
  });

  it('forgets what was observed before a reset, and what a removed series has', async () => {
    const { registry, register, code, lost } = page;
    const histogram = register('h');
    const gone = register('gone');
    for (const value of [1, 2, 3]) {
      histogram.observe(value);
      gone.observe(value);
    }
    histogram.reset();
    histogram.observe(5);
    registry.unregister('gone');
    for (const { resolve } of attempts) resolve(code);
    await registry.late;
    expect(histogram.getValue()).toMatchObject({ count: 1, sum: 5 });
    expect(lost()).toBe(0);
  });

  it('that cannot be loaded loses nothing without a count, and shows no metric as empty', async () => {
    const { registry, register, catalogue, code, told, lost, warnings } = page;
    registry.attach(catalogue);
    const histogram = register('h');
    histogram.observe(1);
    histogram.observe(2);
    attempts[0]!.reject(new Error('404'));
    await registry.late;
    histogram.observe(3);
    expect(lost()).toBe(3);
    expect(warnings.join()).toContain('h: the code of native buckets could not be loaded');
    const other = register('other');
    const ofThese = () => told.filter((what) => /^family \d+$/.test(what)).map((what) => what);
    expect(ofThese()).not.toContain(`family ${histogram.id}`);
    histogram.observe(4);
    attempts.at(-1)!.resolve(code);
    await registry.late;
    expect(ofThese()).toEqual(
      expect.arrayContaining([`family ${histogram.id}`, `family ${other.id}`]),
    );
    expect(histogram.getValue()).toMatchObject({ count: 1, sum: 4 });
    expect(lost()).toBe(3);
  });

  it.each(['comes', 'never comes'])('that %s late harms no strict collector', async (how) => {
    const { registry, register, code } = await makePage({ strict: true });
    const histogram = register('h', { schema: 8, maxBuckets: 4, resolutionReduction: false });
    for (const value of [1, 2, 1]) histogram.observe(value);
    if (how === 'comes') attempts[0]!.resolve(code);
    else attempts[0]!.reject(new Error('404'));
    await registry.late;
    expect(registry.late).toBeUndefined();
    if (how === 'comes') expect(histogram.getValue()).toMatchObject({ count: 2, sum: 2 });
  });
});
