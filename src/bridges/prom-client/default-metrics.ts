import { DefaultGroup, type DefaultMetricsCollectorConfiguration } from './default-group.ts';
import * as ofProcess from './default-process.ts';
import * as ofRuntime from './default-runtime.ts';
import type { RegistryContentType } from './values.ts';

/** The groups of default metrics, in the order in which prom-client shows them. */
const GROUPS: Readonly<Record<string, (group: DefaultGroup) => void>> = {
  processCpuTotal: ofProcess.processCpuTotal,
  processStartTime: ofProcess.processStartTime,
  osMemoryHeap: ofRuntime.osMemoryHeap,
  processOpenFileDescriptors: ofProcess.processOpenFileDescriptors,
  processMaxFileDescriptors: ofProcess.processMaxFileDescriptors,
  eventLoopLag: ofRuntime.eventLoopLag,
  processResources: ofProcess.processResources,
  processHandles: ofProcess.processHandles,
  processRequests: ofProcess.processRequests,
  heapSizeAndUsed: ofRuntime.heapSizeAndUsed,
  heapSpacesSizeAndUsed: ofRuntime.heapSpacesSizeAndUsed,
  version: ofRuntime.version,
  gc: ofRuntime.gc,
};

/** Registers the metrics of the process that prom-client has by default, and has their names as `metricsList`. */
export interface CollectDefaultMetrics {
  /**
   * Adds the metrics of the process and its runtime, with the names that they have in prom-client.
   * @throws TypeError if the configuration is no object; Error if a registry has one of them already
   */
  <T extends RegistryContentType>(config?: DefaultMetricsCollectorConfiguration<T> | null): void;
  /** The names of all groups of default metrics. */
  metricsList: string[];
}

function collect(config?: DefaultMetricsCollectorConfiguration<never> | null): void {
  if (config !== null && config !== undefined && typeof config !== 'object') {
    throw new TypeError('config must be null, undefined, or an object');
  }
  const group = new DefaultGroup({ ...(config as DefaultMetricsCollectorConfiguration) });
  for (const add of Object.values(GROUPS)) add(group);
}

/** Registers the metrics of the process that prom-client has by default. */
export const collectDefaultMetrics: CollectDefaultMetrics = Object.assign(collect, {
  metricsList: Object.keys(GROUPS),
}) as CollectDefaultMetrics;
