import { ConcurrencyLimit } from '../concurrency-limit.ts';
import { type LinkKind, textOf } from '../model.ts';
import type { OwnerClient, ThreadClient } from '../protocol/client.ts';
import type { CollectorConfig } from '../protocol/config.ts';
import type { Feature } from '../protocol/feature.ts';
import type { CollectorService } from '../protocol/service.ts';
import { openChannel, watched, workerChannel } from './channel.ts';
import { THREAD_CALLS } from './client-calls.ts';
import { codeOf, type FailedAttempt } from './connection.ts';
import { directLink } from './direct-link.ts';
import type { Channel, Link, LinkOwner } from './link.ts';
import type { AnyWorker, LinkRuntime } from './link-runtime.ts';

/**
 * Lets four workers of this realm start at a time. If a hundred start at once, each is so slow that none
 * answers before its deadline.
 */
const starting = /* @__PURE__ */ new ConcurrencyLimit(4);

export interface ConnectOptions {
  readonly runtime: LinkRuntime;
  readonly link: 'auto' | LinkKind;
  readonly worker: (() => AnyWorker) | undefined;
  readonly config: Omit<CollectorConfig, 'mortal' | 'parts'>;
  readonly features: readonly Feature[];
  readonly owner: LinkOwner;
  readonly client: OwnerClient;
  readonly onFailure: (reason: string) => void;
  readonly failed: FailedAttempt[];
}

/** Makes the fastest link that the place allows. Rejects only if the inline collector cannot be loaded. */
export async function connect(options: ConnectOptions): Promise<Link> {
  const { runtime, link, worker, config, features, owner, client, onFailure, failed } = options;
  const { parts, withParts, load } = await codeOf(features);
  const starts = link === 'inline' ? [] : runtime.workerStarts(worker);
  for (const { way, start } of starts) {
    let channel: Channel;
    try {
      channel = await starting.run(async (done) => {
        const greet = (service: CollectorService) => {
          // The worker has answered, so its turn is over. From here on other things may take long, such as
          // its storage.
          done();
          return service.configure({ ...config, parts, mortal: true });
        };
        return workerChannel(await start(withParts), client, greet, onFailure);
      });
    } catch (error) {
      failed.push({ way, reason: error instanceof Error ? error.message : textOf(error) });
      continue;
    }
    return linkOver(channel, owner);
  }
  const { inlineService } = await runtime.inlineCollector();
  const service = inlineService(client, load);
  await service.configure({ ...config, parts, mortal: false });
  return directLink('inline', { service, fail: () => {}, close: () => {} }, owner);
}

/** Joins the collector of another thread, over the port that this thread has made. */
export function connectPort(
  port: MessagePort,
  runtime: LinkRuntime,
  client: OwnerClient,
  owner: LinkOwner,
  onFailure: (reason: string) => void,
): Link | Promise<Link> {
  const { hold, release } = runtime.portHolder(port);
  const check = async (method: string, answer: unknown) =>
    (await import('./checked-answers.ts')).checkedAnswer(method, answer);
  const channel = openChannel<ThreadClient>(port, client, THREAD_CALLS, hold, release, check);
  release();
  const ended = () => inUse.fail('the collector has ended');
  // The call in that message will never be answered, and if it was an answer, nobody knows to which call.
  const unread = () => inUse.fail('a message could not be read');
  const heard = ({ data }: MessageEvent) => data?.unread && unread();
  // Node keeps a port that has listeners, and what these refer to. So they are removed at the end.
  const inUse = watched(channel, onFailure, () => {
    port.removeEventListener('close', ended);
    port.removeEventListener('messageerror', unread);
    port.removeEventListener('message', heard);
    port.close();
  });
  port.addEventListener('messageerror', unread);
  port.addEventListener('message', heard);
  // In Node the port itself tells that the other side is gone, and no pings are needed to find that out.
  port.addEventListener('close', ended, { once: true });
  return linkOver(inUse, owner);
}

function linkOver(channel: Channel, owner: LinkOwner): Link | Promise<Link> {
  // The direct link is made at once, without a promise: a thread may compute for long, or end, before its
  // event loop turns for the first time.
  if (owner.memory.shared) return directLink('shared', channel, owner);
  return import('./message-link.ts').then(({ messageLink }) => messageLink(channel, owner));
}
