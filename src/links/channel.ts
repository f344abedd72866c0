import type { Endpoint } from 'comlink';
import { TelemetryError } from '../model.ts';
import { afterListening } from '../platform/timers.ts';
import type { OwnerClient } from '../protocol/client.ts';
import type { CollectorService } from '../protocol/service.ts';
import { OWNER_CALLS } from './client-calls.ts';
import { type Calls, exchangeCalls } from './guarded-endpoint.ts';
import type { Channel } from './link.ts';
import type { StartedWorker } from './link-runtime.ts';

/**
 * How long a worker may take to answer its first call: its script may come over a slow network, to a machine that is busy.
 * Most workers that cannot start say so at once. Seconds.
 */
const START_DEADLINE = 10;

/**
 * Speaks with the collector over an endpoint. Comlink's calls never settle once the other side is gone;
 * these reject as soon as `fail` is called.
 * @param check throws if it does not take an answer, and returns it otherwise; for collectors that are not
 * our own
 */
export function openChannel<Client extends object>(
  endpoint: Endpoint,
  client: Client,
  calls: Calls<Client>,
  hold: () => void,
  release: () => void,
  check = (_method: string, answer: unknown): unknown => answer,
): Channel {
  type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;
  const { remote, close } = exchangeCalls<Methods, Client>(endpoint, calls, () => client);
  const pending = new Set<(error: Error) => void>();
  let failure: Error | undefined;
  const call = (method: string, args: unknown[]) =>
    new Promise((resolve, reject) => {
      if (failure) return reject(failure);
      pending.add(reject);
      hold();
      const settled = () => {
        if (pending.delete(reject)) release();
      };
      remote[method]!(...args)
        .then((answer) => check(method, answer))
        .then(resolve, reject)
        .finally(settled);
    });
  const fail = (reason: string) => {
    failure ??= new TelemetryError('worker_failed', reason);
    for (const reject of pending) {
      reject(failure);
      release();
    }
    pending.clear();
    close();
  };
  return {
    service: new Proxy({} as CollectorService, {
      // A promise that resolves to this object must not take it for a thenable.
      get: (_, method) =>
        method === 'then' ? undefined : (...args: unknown[]) => call(String(method), args),
    }),
    fail,
    close: () => fail('the collector was shut down'),
  };
}

/** Reports the channel's first failure, and none once the channel was closed. */
export function watched(
  channel: Channel,
  onFailure: (reason: string) => void,
  end: () => void,
): Channel {
  let open = true;
  return {
    service: channel.service,
    fail(reason) {
      channel.fail(reason);
      if (open) onFailure(reason);
      open = false;
    },
    close() {
      open = false;
      channel.close();
      end();
    },
  };
}

/**
 * Resolves to a channel once the worker has answered and was greeted. A constructor that succeeds proves
 * nothing: a blocked or missing script shows as an error event later, or never.
 *
 * @throws Error with the reason when the worker does not answer
 */
export async function workerChannel(
  worker: StartedWorker,
  client: OwnerClient,
  greet: (service: CollectorService) => Promise<unknown>,
  onFailure: (reason: string) => void,
): Promise<Channel> {
  const channel = openChannel(
    worker.endpoint,
    client,
    OWNER_CALLS,
    () => worker.hold(),
    () => worker.release(),
  );
  worker.onFailure((reason) => channel.fail(reason));
  const cancel = afterListening(START_DEADLINE, () =>
    channel.fail(`no answer within ${START_DEADLINE} seconds`),
  );
  try {
    await channel.service.ping();
    worker.answered();
    cancel();
    await greet(channel.service);
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    cancel();
  }
  const inUse = watched(channel, onFailure, () => worker.terminate());
  worker.onFailure((reason) => inUse.fail(reason));
  return inUse;
}
