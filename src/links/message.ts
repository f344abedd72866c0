import { transfer } from 'comlink';
import { MemoryCopier } from '../pages/memory-copier.ts';
import { join, tell } from './join.ts';
import type { Channel, Link, LinkOwner } from './link.ts';

/** Copies of this thread's memory are posted to the collector when it asks for them. */
export function messageLink(channel: Channel, owner: LinkOwner): Link {
  const { service } = channel;
  const copier = new MemoryCopier(owner.memory);
  return {
    kind: 'message',
    service,
    sink: {
      control: (control) => join(service, owner, { control, direct: false }),
      page: () => {},
      segment: (buffer) => copier.addSegment(buffer),
    },
    publish: () => {
      const copy = copier.copy();
      const buffers = [...copy.segments, ...copy.pages.map((page) => page.buffer)];
      return service.publish(transfer(copy, buffers));
    },
    beat: (seconds) => tell(service.beat(seconds)),
    fail: (reason) => channel.fail(reason),
    close: () => channel.close(),
  };
}
