import { transfer } from 'comlink';
import { MemoryCopier } from '../pages/memory-copier.ts';
import { join, tell } from './join.ts';
import type { Channel, Link, LinkOwner } from './link.ts';

/** Copies of this thread's memory are posted to the collector when it asks for them. */
export function messageLink(channel: Channel, owner: LinkOwner): Link {
  const { service } = channel;
  const copier = new MemoryCopier(owner.memory);
  let publishing = Promise.resolve();
  const publish = async (atOnce: boolean) => {
    const sent: Promise<void>[] = [];
    for (const part of copier.copy()) {
      const buffers = [...part.segments, ...part.pages.map(([, cells]) => cells.buffer)];
      const arrived = service.publish(transfer(part, buffers));
      if (atOnce) sent.push(arrived);
      else await arrived;
    }
    await Promise.all(sent);
  };
  return {
    kind: 'message',
    service,
    sink: {
      control: (control) => join(service, owner, { control, direct: false }),
      page: () => {},
      segment: (buffer) => copier.addSegment(buffer),
      consumed: copier.consumed,
    },
    publish: (atOnce) => {
      if (atOnce) return publish(true);
      // One after the other: the catalogue of the next must not arrive with the pages of this one.
      publishing = publishing.then(() => publish(false));
      const published = publishing;
      publishing = publishing.catch(() => {});
      return published;
    },
    beat: (seconds) => tell(service.beat(seconds)),
    fail: (reason) => channel.fail(reason),
    close: () => channel.close(),
  };
}
