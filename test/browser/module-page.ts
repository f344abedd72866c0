/** Runs a module of a test in a page, and notes what the page and its workers download. */
import { fileURLToPath } from 'node:url';
import type { Driver, Tab } from './drivers/driver.ts';
import { serveFolder } from './harness.ts';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

interface ModulePage {
  readonly isolated: boolean;
  /** The text of the module. The package is below `/pkg/`. */
  readonly module: string;
  /** More folders to serve: see `serveFolder`. */
  readonly roots?: Readonly<Record<string, string>>;
}

/** Opens the page in a profile of its own. Resolves to what `run` has found, and to the paths that were asked for. */
export async function inModulePage<T>(
  driver: Driver,
  { isolated, module, roots = {} }: ModulePage,
  run: (tab: Tab, url: string) => Promise<T>,
): Promise<{ found: T; asked: readonly string[] }> {
  const asked: string[] = [];
  const site = await serveFolder({
    isolated,
    roots: { '/pkg/': dist, ...roots },
    routes: {
      '/': '<!doctype html><script type="module" src="/page.js"></script>',
      '/page.js': module,
    },
    asked: (path) => asked.push(path),
  });
  const profile = await driver.newProfile();
  try {
    const url = `${site.url}/`;
    return { found: await run(await profile.open(url), url), asked };
  } finally {
    await profile.close();
    await site.close();
  }
}
