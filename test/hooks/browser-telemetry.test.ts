// @vitest-environment happy-dom
import {
  ConsoleExporter,
  OTLPExporter,
  setupBrowserTelemetry,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BROWSER_GROUPS, type BrowserGroup } from '../../src/hooks/page.ts';
import { measurePage } from '../../src/hooks/page-metrics.ts';
import { plainText } from '../../src/hooks/page-texts.ts';
import { logOf, makeCollector, sampleOf } from '../collectors.ts';

type Measured = Parameters<typeof measurePage>[0];

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  vi.restoreAllMocks();
});

function measured(groups: readonly BrowserGroup[]): TelemetryCollector {
  const collector = makeCollector();
  stop = measurePage(collector as unknown as Measured, groups, '', (group) => `runtime  ${group}`);
  return collector;
}

const thrown = (error: unknown) => dispatchEvent(new ErrorEvent('error', { error }));
const kind = (name: string) => ({ kind: name });
const errorsOf = async (collector: TelemetryCollector) =>
  (await collector.getEvents()).filter(({ name }) => name === 'browser_error');

describe('setupBrowserTelemetry', () => {
  it('does nothing in a server, and says so', async () => {
    const collector = makeCollector();
    const end = await setupBrowserTelemetry(collector, { to: 'http://localhost:1/v1/metrics' });
    expect(logOf(collector).join()).toContain('there is no page to measure');
    expect([...collector.getAllMetrics()]).toEqual([]);
    await end();
  });

  it.each([
    [{}, /to must be an exporter or the URL/],
    [{ to: 'nowhere' }, /url must be an http: or https: URL/],
    [{ to: new ConsoleExporter(), interval: 0 }, /interval must be a positive number/],
    [{ to: new ConsoleExporter(), only: ['all'] }, /only must be a list of vitals, errors/],
    [{ to: new ConsoleExporter(), prefix: '1-' }, /prefix must be the beginning/],
    [
      { to: new OTLPExporter({ url: 'http://localhost:1' }), resource: { 'service.name': 'shop' } },
      /give it to the exporter/,
    ],
  ] as const)('refuses what makes no sense: %#', (options, message) => {
    expect(() => setupBrowserTelemetry(makeCollector(), options as never)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(message) }),
    );
    expect(() => setupBrowserTelemetry({} as never, { to: 'http://localhost:1' })).toThrow(
      /collector must be/,
    );
  });
});

describe('the errors of a page', () => {
  it('are all counted, and a few of them become events', async () => {
    const collector = measured(['errors']);
    for (let i = 0; i < 25; i++) thrown(new Error(`broken ${i}`));
    expect(await sampleOf(collector, 'browser_errors_total', kind('error'))).toBe(25);
    expect(await sampleOf(collector, 'browser_error_events_dropped_total')).toBe(15);
    expect(await errorsOf(collector)).toHaveLength(10);
  });

  it('are short, and hold nothing of the queries of URLs', async () => {
    const collector = measured(['errors']);
    const error = new Error(`cannot load /cart?token=secret ${'x'.repeat(100_000)}`);
    error.stack = Array.from({ length: 50 }, () => 'at f (https://a.test/app.js?secret:1:2)').join(
      '\n',
    );
    thrown(error);
    const [event] = await errorsOf(collector);
    const value = event?.value as Record<string, string>;
    expect(value.message).toHaveLength(256);
    expect(value.stack?.split('\n')).toHaveLength(6);
    expect(value.stack).toContain('https://a.test/app.js:1:2');
    expect(JSON.stringify(value)).not.toContain('secret');
  });

  it('may be anything', async () => {
    const collector = measured(['errors']);
    const hostile = {
      get message() {
        throw new Error('no');
      },
      toString() {
        throw new Error('no');
      },
    };
    for (const one of [undefined, null, 'text', 7, Symbol('s'), hostile]) thrown(one);
    expect(await sampleOf(collector, 'browser_errors_total', kind('error'))).toBe(6);
    expect(logOf(collector)).toEqual([]);
  });

  it('are not counted any more once it is stopped', () => {
    const collector = measured(BROWSER_GROUPS);
    expect(collector.getAllMetrics().size).toBeGreaterThan(2);
    stop?.();
    thrown(new Error('late'));
    expect([...collector.getAllMetrics().keys()]).toEqual([]);
    expect([...collector.hooksSetUp]).toEqual([]);
  });
});

describe('a text', () => {
  it.each([
    [
      'Failed to fetch https://u:p@a.test/x?token=1#top now',
      'Failed to fetch https://a.test/x now',
    ],
    ['at https://a.test/app.js?v=1:10:5)', 'at https://a.test/app.js:10:5)'],
    ['GET page?token=secret&x=1 failed', 'GET page failed'],
    ['what? nothing # here', 'what? nothing # here'],
    ['"/a#secret"', '"/a"'],
  ])('loses the queries of URLs: %s', (text, plain) => {
    expect(plainText(text, 100)).toBe(plain);
  });

  it('is cut', () => {
    expect(plainText('x'.repeat(1e6), 10)).toBe('xxxxxxxxx…');
    expect(plainText(`/${'/'.repeat(1e5)}`, 10)).toBe('/////////…');
  });
});
