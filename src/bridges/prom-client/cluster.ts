import type { Cluster, Worker } from 'node:cluster';
import { messageOf } from '../../model.ts';
import { nodeBuiltin } from '../../platform/node-builtin.ts';
import { afterHoldingProcess, nextTurn } from '../../platform/timers.ts';
import { aggregators } from './aggregators.ts';
import { globalRegistry, Registry } from './registry.ts';
import type { MetricReading, PrometheusContentType, RegistryContentType } from './values.ts';

/*
 * The messages are those of prom-client, so that processes with either of the two understand each other.
 */
const REQUEST = 'prom-client:getMetricsReq';
const RESPONSE = 'prom-client:getMetricsRes';
/** How many seconds the primary process waits for its workers. */
const PATIENCE = 5;

interface Message {
  readonly type?: unknown;
  readonly requestId?: unknown;
  readonly metrics?: MetricReading[][];
  readonly error?: string;
}

/** A request to all workers that is under way. */
interface Request {
  readonly responses: MetricReading[][];
  pending: number;
  resolve(text: string | Promise<string>): void;
  reject(error: Error): void;
}

const requests = new Map<unknown, Request>();
let registries: readonly Registry<RegistryContentType>[] = [globalRegistry as never];
let lastRequest = 0;
let isListening = false;

/**
 * A registry that can ask all workers of node:cluster for their metrics.
 * @example
 * ```ts
 * import client from 'utilityfog-telemetry/prom-client';
 *
 * // In the primary process of node:cluster.
 * const aggregator = new client.AggregatorRegistry();
 * console.log(aggregator.contentType.startsWith('text/plain'));
 * // -> true
 * ```
 */
export class AggregatorRegistry<
  T extends RegistryContentType = PrometheusContentType,
> extends Registry<T> {
  constructor(contentType?: T) {
    super(contentType);
    listen();
  }

  /**
   * Resolves to the metrics of all workers as one text. It is for the primary process.
   * @throws Error if a worker does not answer within five seconds, or cannot
   */
  clusterMetrics(): Promise<string> {
    const requestId = lastRequest++;
    return new Promise((resolve, reject) => {
      const cancel = afterHoldingProcess(PATIENCE, () => end(new Error('Operation timed out.')));
      const end = (outcome: string | Promise<string> | Error) => {
        cancel();
        requests.delete(requestId);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const request: Request = { responses: [], pending: 0, resolve: end, reject: end };
      requests.set(requestId, request);
      for (const worker of Object.values(nodeBuiltin('node:cluster')?.workers ?? {})) {
        // A worker that has failed may still be in the list.
        if (!worker?.isConnected()) continue;
        worker.send({ type: REQUEST, requestId }, ignored);
        request.pending++;
      }
      if (request.pending === 0) void nextTurn().then(() => end(''));
    });
  }

  /**
   * Makes a registry of the readings of several, each what `getMetricsAsJSON()` resolves to.
   * @throws Error if a metric has an aggregator that does not exist
   */
  static aggregate<T extends RegistryContentType = PrometheusContentType>(
    metrics: readonly object[],
    contentType = Registry.PROMETHEUS_CONTENT_TYPE as T,
  ): Registry<T> {
    const aggregated = new Registry<T>();
    const byName = new Map<string, MetricReading[]>();
    aggregated.setContentType(contentType);
    for (const reading of (metrics as MetricReading[][]).flat()) {
      const same = byName.get(reading.name);
      if (same) same.push(reading);
      else byName.set(reading.name, [reading]);
    }
    for (const readings of byName.values()) {
      const name = readings[0]!.aggregator as keyof typeof aggregators;
      const aggregate = Object.hasOwn(aggregators, name) ? aggregators[name] : undefined;
      if (!aggregate) throw new Error(`'${name}' is not a defined aggregator.`);
      const reading = aggregate(readings);
      if (reading) aggregated.registerMetric({ get: () => reading, ...reading });
    }
    return aggregated;
  }

  /**
   * Says which registries a worker answers with; the global one unless this is called.
   * @throws TypeError if one is no registry
   */
  static setRegistries(
    given: Registry<RegistryContentType> | readonly Registry<RegistryContentType>[],
  ): void {
    const list = Array.isArray(given) ? (given as Registry<RegistryContentType>[]) : [given];
    for (const one of list as unknown[]) {
      if (!(one instanceof Registry)) {
        throw new TypeError(`Expected Registry, got ${typeof one}`);
      }
    }
    registries = list as readonly Registry<RegistryContentType>[];
  }
}

/** Without this, an error is thrown in the process if the other end of the channel has closed meanwhile. */
const ignored = () => {};

/** Answers requests in a worker, and takes the answers in the primary process. */
function listen(): void {
  const cluster = nodeBuiltin('node:cluster') as Cluster | undefined;
  if (isListening || !cluster) return;
  isListening = true;
  if (cluster.isPrimary) cluster.on('message', (_: Worker, message: Message) => take(message));
  const { worker } = cluster;
  worker?.on('message', async (message: Message | undefined) => {
    if (message?.type !== REQUEST) return;
    const { requestId } = message;
    const answer = (outcome: object) =>
      worker.send({ type: RESPONSE, requestId, ...outcome }, ignored);
    try {
      answer({ metrics: await Promise.all(registries.map((one) => one.getMetricsAsJSON())) });
    } catch (error) {
      answer({ error: messageOf(error) });
    }
  });
}

function take(message: Message | undefined): void {
  if (message?.type !== RESPONSE) return;
  const request = requests.get(message.requestId);
  // It may have timed out.
  if (!request) return;
  if (message.error !== undefined) {
    request.reject(new Error(message.error));
    return;
  }
  request.responses.push(...(message.metrics ?? []));
  request.pending--;
  if (request.pending > 0) return;
  try {
    request.resolve(AggregatorRegistry.aggregate(request.responses).metrics());
  } catch (error) {
    request.reject(error as Error);
  }
}
