/** Tests that a page asks queries of its worker, whose code it does not load itself. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BROWSERS } from './drivers/browsers.ts';
import type { Driver } from './drivers/driver.ts';
import { inModulePage } from './module-page.ts';

interface Asked {
  readonly result: unknown;
  readonly error: unknown;
  readonly api: unknown;
  readonly link: string;
}

declare global {
  interface Window {
    ask(): Promise<Asked>;
  }
}

const PAGE = `
import { TelemetryCollector } from '/pkg/index.js';
import { history } from '/pkg/history.js';
import { promql, QueryError } from '/pkg/promql.js';
window.ask = async () => {
  const collector = new TelemetryCollector({ use: [history(), promql()], collectionInterval: 0.02 });
  collector.registerCounter('jobs_total').increment(3);
  const ran = new Promise((resolve) => collector.addHook('collection', resolve));
  await collector.startCollection();
  await ran;
  const { result } = await collector.query('sum(jobs_total) * 2');
  const error = await collector.query('sum(\\n(').catch((error) =>
    [error instanceof QueryError, error.kind, error.position.line]);
  const request = new Request('/api/v1/query?query=1&time=7');
  const api = await (await collector.handler({ api: true })(request)).json();
  return { result: result.map(({ value }) => value[1]), error, api, link: collector.link };
};`;

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}`, () => {
    let driver: Driver;
    beforeAll(async () => {
      driver = await launch();
    });
    afterAll(() => driver?.close());

    test.each([true, false])('a page has answers, isolated: %s', async (isolated) => {
      const { found, asked } = await inModulePage(driver, { isolated, module: PAGE }, (tab) =>
        tab.run(() => window.ask()),
      );
      const { link, ...answers } = found;
      expect(answers).toEqual({
        result: ['6'],
        error: [true, 'parse', 2],
        api: { status: 'success', data: { resultType: 'scalar', result: [7, '1'] } },
      });
      expect(link).not.toBe('inline');
      expect(asked).toContain('/pkg/promql-part.js');
      expect(asked).toContain('/pkg/promql-http-part.js');
      expect(asked.filter((path) => /promql-.*(module|part-text)/.test(path))).toEqual([]);
    });
  });
}
