import type { LinkKind } from '../model.ts';
import type { Channel, Link, LinkOwner } from './link.ts';

/**
 * The links `shared` and `inline`: the collector reads this thread's memory itself, from its
 * worker or in this very thread.
 */
export function directLink(kind: LinkKind, channel: Channel, owner: LinkOwner): Link {
  const { service } = channel;
  // Told and not awaited: when the channel fails, it reports that itself.
  const tell = (call: Promise<unknown>) => void call.catch(() => {});
  return {
    kind,
    service,
    sink: {
      control: (control) =>
        tell(
          service
            .join({ control, direct: true, main: owner.main })
            .then(({ seriesLimit }) => owner.welcomed(seriesLimit), owner.refused),
        ),
      page: (page, buffer) => tell(service.addPage(page, buffer)),
      segment: (buffer) => tell(service.addSegment(buffer)),
    },
    publish: async () => {},
    beat: (seconds) => owner.memory.beat(seconds),
    close: () => channel.close(),
  };
}
