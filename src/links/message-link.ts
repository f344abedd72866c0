import { transfer } from 'comlink';
import { MemoryCopier } from '../pages/memory-copier.ts';
import { join, tell } from './join.ts';
import type { Channel, Link, LinkOwner } from './link.ts';

/**
 * When so many segments of the journal wait, they are copied although nobody has asked. Where series come
 * and go the journal would grow without end otherwise, and so would the cells, which are used again only
 * once the journal has been read.
 */
const MANY_SEGMENTS = 4;

/**
 * Makes the link `message`: copies of this thread's memory are posted to the collector when it asks for
 * them.
 */
export function messageLink(channel: Channel, owner: LinkOwner): Link {
  const { service } = channel;
  const copier = new MemoryCopier(owner.memory);
  let publishing = Promise.resolve();
  let relieving = false;
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
  // One copy after the other: the catalogue of the next must not arrive with the pages of this one.
  const publishInTurn = () => {
    const published = publishing.then(() => publish(false));
    publishing = published.catch(() => {});
    return published;
  };
  const relieve = async () => {
    if (relieving || copier.waiting < MANY_SEGMENTS) return;
    relieving = true;
    await publishInTurn().catch(() => {});
    relieving = false;
  };
  return {
    kind: 'message',
    service,
    channel,
    sink: {
      control: (control) => join(service, owner, { control, direct: false }),
      page: () => {},
      segment: (buffer) => {
        copier.addSegment(buffer);
        void relieve();
      },
      consumed: copier.consumed,
    },
    publish: (atOnce) => (atOnce ? publish(true) : publishInTurn()),
    beat: (seconds) => tell(service.beat(seconds)),
    fail: (reason) => channel.fail(reason),
    close: () => channel.close(),
  };
}
