/**
 * Finds the real parts that some tests run against: browsers, Prometheus, server runtimes.
 * scripts/parts.mjs knows the places and scripts/install-parts.mjs installs; this file gives them types.
 */
interface PartsModule {
  readonly PACKAGES: Readonly<Record<PackagesName, string>>;
  nodeMajors(): number[];
  findPart(name: PartName): string | undefined;
  howToInstall(name: PartName): string;
}
export type NodeName = `node${number}`;
type PackagesName =
  | 'test'
  | 'runtimes'
  | 'bundlers'
  | 'checks'
  | 'otlp'
  | 'pm2'
  | 'promClient'
  | 'peers'
  | 'site';
type PartName =
  | 'chromium'
  | 'firefox'
  | 'webkit'
  | 'webkitDriver'
  | 'xvfb'
  | 'prometheus'
  | 'promtool'
  | 'alertmanager'
  | 'pushgateway'
  | 'victoriaMetrics'
  | 'influxdb'
  | 'prometheusClient'
  | 'pythonProtobuf'
  | 'pythonSnappy'
  | 'protoc'
  | 'metricsSchema'
  | 'timestampSchema'
  | 'otlpSchema'
  | 'otlpReceiver'
  | 'pm2'
  | 'deno'
  | 'bun'
  | NodeName;

const script = new URL('../scripts/parts.mjs', import.meta.url).href;
const { PACKAGES, findPart, howToInstall, nodeMajors } = (await import(script)) as PartsModule;

/** Folders with packages of their own, in `node_modules`. */
export const packagesIn = (name: PackagesName): string => PACKAGES[name];
export { nodeMajors };

export const chromiumPath = (): string | undefined => findPart('chromium');
export const firefoxPath = (): string | undefined => findPart('firefox');
export const miniBrowserPath = (): string | undefined => findPart('webkit');
export const webkitDriverPath = (): string | undefined => findPart('webkitDriver');
export const xvfbPath = (): string | undefined => findPart('xvfb');
export const prometheusPath = (): string | undefined => findPart('prometheus');
export const promtoolPath = (): string | undefined => findPart('promtool');
export const alertmanagerPath = (): string | undefined => findPart('alertmanager');
export const pushgatewayPath = (): string | undefined => findPart('pushgateway');
export const victoriaMetricsPath = (): string | undefined => findPart('victoriaMetrics');
export const influxdbPath = (): string | undefined => findPart('influxdb');
export const prometheusClientPath = (): string | undefined => findPart('prometheusClient');
export const pythonProtobufPath = (): string | undefined => findPart('pythonProtobuf');
export const pythonSnappyPath = (): string | undefined => findPart('pythonSnappy');
export const protocPath = (): string | undefined => findPart('protoc');
export const metricsSchemaPath = (): string | undefined => findPart('metricsSchema');
export const timestampSchemaPath = (): string | undefined => findPart('timestampSchema');
/** A folder with `opentelemetry/proto/…`. */
export const otlpSchemaPath = (): string | undefined => findPart('otlpSchema');
/** A program for Node 24. */
export const otlpReceiverPath = (): string | undefined => findPart('otlpReceiver');
export const pm2Path = (): string | undefined => findPart('pm2');
export const denoPath = (): string | undefined => findPart('deno');
export const bunPath = (): string | undefined => findPart('bun');
export const nodePath = (name: NodeName): string | undefined => findPart(name);

/**
 * Used as `describe.skipIf(!requirePart('chromium', chromiumPath()))`. Without the part it skips on a
 * laptop. In CI it fails, since nobody would notice a check that never runs.
 */
export function requirePart(name: PartName, path: string | undefined): path is string {
  if (path) return true;
  if (process.env.CI === 'true') throw new Error(howToInstall(name));
  return false;
}
