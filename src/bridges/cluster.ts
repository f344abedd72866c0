/** Lets the processes of one server join one collector: those of node:cluster, and of `fork()`. */
import type { ChildProcess } from 'node:child_process';
import type { Cluster, Worker } from 'node:cluster';
import type { TelemetryCollectorOptions } from '../collector-options.ts';
import { TelemetryError } from '../model.ts';
import { COLLECTOR, check, OBJECT, type Rule, withMethods } from '../options.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import { type ChannelEnd, channelToParent } from '../platform/process-channel.ts';
import { TelemetryCollector } from '../telemetry-collector.ts';
import { JoiningProcess } from './joining-process.ts';
import { leadToParent } from './primary-port.ts';

export { type JoinProcessesOptions, joinProcesses } from './siblings/join-processes.ts';

const CLUSTER = withMethods('on', 'off');
const CHILD: Rule = [
  withMethods('send', 'on', 'listeners')[0],
  'a process with an IPC channel, as fork() starts it',
];

/**
 * Lets all workers of node:cluster join this collector, those that run and those to come. It is called in the
 * primary process.
 * @returns a function that lets no more of them join. Those that have joined stay.
 * @throws TelemetryError `not_primary` in a worker; `invalid_option` if one of the two is something else
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { acceptWorkers } from 'utilityfog-telemetry/cluster';
 *
 * // In the primary process of node:cluster.
 * const collector = new TelemetryCollector();
 * const refuse = acceptWorkers(collector);
 * // cluster.fork();
 * refuse();
 * ```
 */
export function acceptWorkers(
  collector: TelemetryCollector,
  cluster: Cluster = nodeBuiltin('node:cluster') as Cluster,
): () => void {
  check('acceptWorkers() collector', collector, COLLECTOR);
  check('acceptWorkers() cluster', cluster, CLUSTER);
  if (!cluster.isPrimary) {
    throw new TelemetryError(
      'not_primary',
      'acceptWorkers() was called in a worker; call it in the primary process, and connectToPrimary() here',
    );
  }
  const { current, stop } = revocable(collector);
  const accept = (worker: Worker) =>
    JoiningProcess.of(worker.process as ChannelEnd).accept(current);
  for (const worker of Object.values(cluster.workers ?? {})) if (worker) accept(worker);
  cluster.on('fork', accept);
  return () => {
    cluster.off('fork', accept);
    stop();
  };
}

/**
 * Lets a process join this collector that was started with `fork()` of node:child_process, or with an IPC
 * channel by other means.
 * @returns a function that does not let it join any more. If it has joined, it stays.
 * @throws TelemetryError `invalid_option` if one of the two is something else
 * @example
 * ```ts
 * import { fork } from 'node:child_process';
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { acceptProcess } from 'utilityfog-telemetry/cluster';
 *
 * const collector = new TelemetryCollector();
 * // Starts a process that may call `connectToPrimary()`.
 * function start(file: string) {
 *   const child = fork(file);
 *   return acceptProcess(collector, child);
 * }
 * console.log(start.name);
 * // -> start
 * ```
 */
export function acceptProcess(collector: TelemetryCollector, child: ChildProcess): () => void {
  check('acceptProcess() collector', collector, COLLECTOR);
  check('acceptProcess() child', child, CHILD);
  const { current, stop } = revocable(collector);
  JoiningProcess.of(child as ChannelEnd).accept(current);
  return stop;
}

/**
 * Joins the collector of the process that has started this one, over its IPC channel. What is recorded here
 * adds up with what the other processes record. The channel does not hold this process.
 * @param options those of a thread that joins; the link is always `message`
 * @throws TelemetryError `no_primary` if there is no channel, or in a thread; `invalid_option` as for a collector
 * @example
 * ```ts
 * import cluster from 'node:cluster';
 * import { connectToPrimary } from 'utilityfog-telemetry/cluster';
 *
 * if (cluster.isWorker) {
 *   const collector = connectToPrimary();
 *   collector.registerCounter('jobs_total', 'Jobs done').increment();
 * }
 * ```
 */
export function connectToPrimary(options?: TelemetryCollectorOptions | null): TelemetryCollector {
  check('connectToPrimary() options', options ?? {}, OBJECT);
  const channel = channelToParent();
  if (!channel) {
    throw new TelemetryError(
      'no_primary',
      'no process with an IPC channel has started this one; start it with node:cluster or fork(), or make a ' +
        'collector here with new TelemetryCollector(). A thread joins with TelemetryCollector.connect(port)',
    );
  }
  const { port1, port2 } = new MessageChannel();
  const collector = TelemetryCollector.connect(port1, { ...options, link: 'message' });
  leadToParent(channel, port2, collector);
  return collector;
}

/** The collector, until it is taken back. */
function revocable(collector: TelemetryCollector) {
  let accepted: TelemetryCollector | undefined = collector;
  const stop = () => {
    accepted = undefined;
  };
  return { current: () => accepted, stop };
}
