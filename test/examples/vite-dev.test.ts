/** Tests Vite's dev server, which bundles dependencies beforehand and so moves the files they refer to. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import { clickTwice, REMARK } from './counting-page.ts';
import { type InstallOptions, installExample } from './installed-example.ts';
import { startCommand } from './started-command.ts';

const VITE_8 = ['vite', {}] as const;
const VITE_6 = ['vite-6', { aliases: { vite: 'vite6' } }] as const;

/** The configuration in the README.md of the example. */
const ISOLATED = `export default {
  server: {
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
};
`;

describe.skipIf(!requirePart('chromium', chromiumPath()))('the dev server of', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  /** Opens the page. `config` replaces the configuration of the example; null removes it. */
  async function open([name, options]: readonly [string, InstallOptions], config?: string | null) {
    const { folder } = await installExample(name, options);
    const file = join(folder, 'vite.config.js');
    if (config === null) await rm(file, { force: true });
    else if (config !== undefined) await writeFile(file, config);
    const vite = join(folder, 'node_modules/.bin/vite');
    const { found, printed } = await startCommand(folder, vite, [], /http:\/\/localhost:\d+/);
    return { ...(await clickTwice(browser, found)), printed };
  }

  const SLOW = { timeout: 240_000 };

  it('Vite 8 serves the worker without configuration', SLOW, async () => {
    const { printed, ...seen } = await open(VITE_8, null);
    expect(seen).toEqual({ link: 'message', worker: ['url'], errors: [] });
    expect(printed()).not.toMatch(REMARK);
  });

  it('Vite 8 isolates the page with the headers of the README', SLOW, async () => {
    const { printed, ...seen } = await open(VITE_8, ISOLATED);
    expect(seen).toEqual({ link: 'shared', worker: ['url'], errors: [] });
    expect(printed()).not.toMatch(REMARK);
  });

  it('Vite 6 serves the worker of a dependency that is not bundled beforehand', SLOW, async () => {
    const { printed, ...seen } = await open(VITE_6);
    expect(seen).toEqual({ link: 'message', worker: ['url'], errors: [] });
    expect(printed()).not.toMatch(REMARK);
  });

  it(
    'Vite 6 loses the file of the worker otherwise, and the page does not mind',
    SLOW,
    async () => {
      const { link, worker, errors } = await open(VITE_6, null);
      expect({ link, worker, errors }).toEqual({ link: 'message', worker: ['blob'], errors: [] });
    },
  );
});
