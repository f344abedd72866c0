/**
 * Where the real parts are that some tests run against: browsers, Prometheus, other Nodes.
 * scripts/install-parts.mjs installs them and knows the places; this gives them types.
 */
interface PartsModule {
  findPart(name: PartName): string | undefined;
  howToInstall(name: PartName): string;
}
export type NodeName = 'node20' | 'node22' | 'node24' | 'node26';
type PartName =
  | 'chromium'
  | 'firefox'
  | 'webkit'
  | 'webkitDriver'
  | 'xvfb'
  | 'prometheus'
  | 'promtool'
  | NodeName;

const script = new URL('../scripts/install-parts.mjs', import.meta.url).href;
const { findPart, howToInstall } = (await import(script)) as PartsModule;

export const chromiumPath = (): string | undefined => findPart('chromium');
export const firefoxPath = (): string | undefined => findPart('firefox');
export const miniBrowserPath = (): string | undefined => findPart('webkit');
export const webkitDriverPath = (): string | undefined => findPart('webkitDriver');
export const xvfbPath = (): string | undefined => findPart('xvfb');
export const prometheusPath = (): string | undefined => findPart('prometheus');
export const promtoolPath = (): string | undefined => findPart('promtool');
export const nodePath = (name: NodeName): string | undefined => findPart(name);

/**
 * For `describe.skipIf(!requirePart('chromium', chromiumPath()))`. Skips on a laptop without the
 * part; fails in CI, where nobody would notice a check that never runs.
 */
export function requirePart(name: PartName, path: string | undefined): path is string {
  if (path) return true;
  if (process.env.CI === 'true') throw new Error(howToInstall(name));
  return false;
}
