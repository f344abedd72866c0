import type { LinkKind } from '../model.ts';
import { join, tell } from './join.ts';
import type { Channel, Link, LinkOwner } from './link.ts';

/**
 * Makes the link `shared` or `inline`. The collector reads this thread's memory itself: from its worker
 * (`shared`), or in this very thread (`inline`).
 */
export function directLink(kind: LinkKind, channel: Channel, owner: LinkOwner): Link {
  const { service } = channel;
  return {
    kind,
    service,
    channel,
    sink: {
      control: (control) => join(service, owner, { control, direct: true }),
      page: (page, buffer) => tell(service.addPage(page, buffer)),
      segment: (buffer) => tell(service.addSegment(buffer)),
    },
    publish: async () => {},
    beat: (seconds) => owner.memory.beat(seconds),
    fail: (reason) => channel.fail(reason),
    close: () => channel.close(),
  };
}
