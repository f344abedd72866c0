import type { CollectorService, ThreadHello } from '../protocol/service.ts';
import type { LinkOwner } from './link.ts';

/** Makes a call whose answer nobody awaits. When the channel fails, the channel reports that itself. */
export function tell(call: Promise<unknown>): void {
  void call.catch(() => {});
}

export function join(
  service: CollectorService,
  owner: LinkOwner,
  hello: Omit<ThreadHello, 'main' | 'eventsSent' | 'eventsCleared'>,
): void {
  const { main, events, onJoined, onRefused } = owner;
  const answer = service.join({ ...hello, main, ...events() });
  tell(answer.then(({ seriesLimit }) => onJoined(Number(seriesLimit) || 0), onRefused));
}
