/** Exemplars that would have stood at the wrong place, or broken something. */
import { formatOpenMetrics, formatPrometheus } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { LINKS, makeCollector } from '../collectors.ts';
import { MortalCollector } from '../threads/real-thread.ts';

const exemplar = { t: 'old' };

describe.each(LINKS)('an exemplar over the %s link', (link) => {
  it.each(['at once', 'after a batch'])(
    'does not outlive its series that is removed or cleared, %s',
    async (when) => {
      const collector = makeCollector({ link });
      const counter = collector.registerCounter('a_total', '', { labelNames: ['l'] });
      await collector.flush();
      for (const erase of [() => counter.remove({ l: 'x' }), () => counter.clear()]) {
        counter.increment(5, { l: 'x' }, { exemplar });
        if (when === 'after a batch') await new Promise((resolve) => setTimeout(resolve, 320));
        erase();
        counter.increment(1, { l: 'x' });
        expect(await formatOpenMetrics(collector)).not.toContain('old');
      }
    },
  );

  it('follows the clock when that is set back', async () => {
    const collector = makeCollector({ link });
    const counter = collector.registerCounter('a_total');
    const real = Date.now;
    // The clock of a worker cannot be set from here, so the first one is of a time to come.
    Date.now = () => real() + 3600e3;
    try {
      counter.increment(1, undefined, { exemplar: { t: 'before' } });
      await formatOpenMetrics(collector);
    } finally {
      Date.now = real;
    }
    counter.increment(1, undefined, { exemplar: { t: 'after' } });
    expect(await formatOpenMetrics(collector)).toContain('"after"');
  });
});

describe('an exemplar', () => {
  it('does not come back with another worker once its series was removed', async () => {
    const owner = new MortalCollector({ link: 'shared' });
    const { collector } = owner;
    const counter = collector.registerCounter('a_total', '', { labelNames: ['l'] });
    counter.increment(5, { l: 'x' }, { exemplar });
    expect(await formatOpenMetrics(collector)).toContain('old');
    counter.remove({ l: 'x' });
    counter.increment(1, { l: 'x' });
    expect(await formatOpenMetrics(collector)).not.toContain('old');
    await owner.kill();
    expect(await formatOpenMetrics(collector)).not.toContain('old');
  });

  it('is none if its function erases what it is an example of', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', {
      labelNames: ['l'],
      exemplars() {
        counter.reset();
        return { t: 'old' };
      },
    });
    counter.increment(4, { l: 'x' });
    expect(await formatOpenMetrics(collector)).not.toContain('old');
  });

  it('of a function or getter that throws a proxy throws nothing', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const collector = makeCollector();
    const given = {
      get exemplar(): never {
        throw proxy;
      },
    };
    const counter = collector.registerCounter('a_total', '', {
      exemplars() {
        throw proxy;
      },
    });
    counter.increment();
    counter.increment(1, undefined, given);
    expect(await formatPrometheus(collector)).toContain('a_total 2\n');
  });

  it('is left out if its labels read differently the second time', async () => {
    const collector = makeCollector({ seriesLimit: 5000 });
    const counter = collector.registerCounter('a_total', '', { labelNames: ['l'] });
    counter.increment(1, { l: 'innocent' });
    for (let i = 0; i < 1030; i++) for (let k = 0; k < 2; k++) counter.increment(1, { l: `${i}` });
    counter.increment(0, { l: 'a' });
    for (const second of ['throws', 'b']) {
      let reads = 0;
      const labels = {
        get l() {
          if (reads++ === 0) return 'a';
          if (second === 'throws') throw new Error('once only');
          return second;
        },
      };
      counter.increment(5, labels, { exemplar });
    }
    expect(await formatOpenMetrics(collector)).not.toContain('old');
  });

  it('comes from the function if options are given that name none', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { exemplars: () => ({ t: 'asked' }) });
    counter.increment(1, undefined, { exemplar: undefined });
    expect(await formatOpenMetrics(collector)).toContain('"asked"');
  });
});
