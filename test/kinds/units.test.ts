import { setupRuntimeHooks } from 'utilityfog-telemetry';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { nameWithUnit } from '../../src/kinds/unit-suffix.ts';
import { joinThread, LINKS, logOf, makeCollector } from '../collectors.ts';

const anything = (value: unknown) => value as never;

describe('the unit of a metric', () => {
  it.each(LINKS)('that its name lacks is told of once, %s link', async (link) => {
    const collector = makeCollector({ link });
    collector.registerCounter('wait_total', '', { unit: 'seconds' });
    collector.registerHistogram('size', '', { unit: 'bytes', labelNames: ['of'] });
    collector.registerGauge('spare_bytes', '', { unit: 'bytes' });
    collector.registerCounter('busy_seconds_total', '', { unit: 'seconds' });
    await collector.flush();
    const thread = joinThread(collector, { link: link === 'inline' ? 'shared' : link });
    thread.registerCounter('wait_total', '', { unit: 'seconds' });
    await thread.flush();
    // The logger gets no message twice within a minute. This is told of once for good.
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    onTestFinished(() => now.mockRestore());
    collector.unregister('wait_total');
    await collector.flush();
    collector.registerCounter('wait_total', '', { unit: 'seconds' });
    await collector.flush();
    expect(logOf(collector)).toEqual([
      expect.stringContaining(
        'wait_total has the unit seconds, but not in its name. Call it wait_seconds_total',
      ),
      expect.stringContaining('Call it size_bytes'),
    ]);
  });

  it.each([
    ['a_total', 'counter', '', 'a_total'],
    ['a_total', 'counter', 'seconds', 'a_seconds_total'],
    ['a_seconds', 'counter', 'seconds', 'a_seconds'],
    ['a', 'counter', 'seconds', 'a_seconds'],
    ['a_seconds_total', 'counter', 'seconds', 'a_seconds_total'],
    ['a_seconds_total', 'gauge', 'seconds', 'a_seconds_total_seconds'],
    ['seconds', 'gauge', 'seconds', 'seconds_seconds'],
    ['aseconds', 'gauge', 'seconds', 'aseconds_seconds'],
    ['_total', 'counter', 'seconds', '_seconds_total'],
  ])('of %s, a %s, in %s would make it %s', (name, type, unit, wanted) => {
    const head = { name, type, unit, description: '', labelNames: [], labels: {} };
    expect(nameWithUnit(head)).toBe(wanted);
  });

  it('consists of the characters of a name', () => {
    const collector = makeCollector();
    for (const unit of ['m/s', '°C', 'a b', 's\n', '%']) {
      expect(() => collector.registerGauge('g', '', { unit: anything(unit) })).toThrow(
        expect.objectContaining({
          code: 'invalid_option',
          message: expect.stringContaining('is no unit of g; one matches ^[\\w:]*$'),
        }),
      );
    }
    for (const unit of ['', 'seconds', 'a:b_C9']) collector.registerGauge(`g${unit}`, '', { unit });
  });

  it('is in the names of all metrics that come with the package', async () => {
    const collector = makeCollector();
    setupRuntimeHooks(collector);
    await collector.flush();
    expect(logOf(collector).filter((line) => line.includes('has the unit'))).toEqual([]);
  });
});
