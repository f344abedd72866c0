import { Collector } from './collector/collector.ts';
import { JoinedThread } from './collector/joined-thread.ts';
import type { CollectorService } from './collector/protocol.ts';
import { createServices } from './collector-services.ts';
import { renderPrometheusText } from './formats/prometheus-text.ts';
import type { OpenCollector } from './links/inline-connection.ts';
import { TelemetryError } from './model.ts';
import { randomId } from './storage/storage.ts';

/** What a thread asks that has no others beside it, no worker and no port to listen on. */
type SoleService = Omit<
  CollectorService,
  | 'ping'
  | 'configure'
  | 'erase'
  | 'join'
  | 'addPage'
  | 'addSegment'
  | 'publish'
  | 'beat'
  | 'lifeline'
  | 'leave'
  | 'save'
  | 'acceptPort'
  | 'serve'
  | 'unserve'
>;

const ONLY = 0;

/** The collector of an edge function, which has one thread, no files and no database of its own. */
export const openCollector: OpenCollector = async (config, cells, client) => {
  // Only those who have somewhere to persist to pay for it.
  const { openPersistence } = config.persist?.storage
    ? await import('./collector/open-persistence.ts')
    : {};
  const services = createServices({
    openPersistence,
    prometheusText: async (snapshot) => [new TextEncoder().encode(renderPrometheusText(snapshot))],
    storage: () => ({ kind: 'memory', open: refuse, put: refuse }),
  });
  // An identity of its own: the cumulative series of two isolates must never be taken for one.
  const labels = { service_instance_id: randomId(), ...config.labels };
  const collector = new Collector(
    { ...config, labels, mortal: false, estate: undefined },
    services,
    client,
  );
  await collector.open();
  // Between two requests the event loop may stand for hours, which is no stall.
  const reader = { pages: cells.pages, heartbeat: Infinity, drain() {} };
  const thread = new JoinedThread(reader, true, client, collector);
  collector.threads.all.add(thread);
  const service: SoleService = {
    events: async (batch) => collector.events.add(ONLY, batch),
    reset: async (family) => collector.reset(thread, family),
    drain: async () => {},
    flush: () => collector.flush(),
    snapshot: async () => services.json(await collector.snapshot()),
    getEvents: async (limit) => collector.getEvents(limit),
    render: (request) => collector.render(request),
    runExport: (plan) => collector.export(plan),
    schedule: async (plan, interval, ticket) =>
      collector.schedule.add(
        plan,
        interval,
        () => client.exportDue(ticket),
        ({ succeeded }) => void client.exported(ticket, succeeded),
      ),
    unschedule: (id) => collector.schedule.remove(id),
    countExport: async (exporter, succeeded) => collector.countExport(exporter, succeeded),
    status: async () => collector.status(),
    start: async () => collector.start(),
    stop: async () => collector.stop(),
    shutdown: () => collector.shutdown(),
  };
  // Nobody asks for the rest: `InlineConnection` refuses ports and listeners itself.
  return { service: service as CollectorService, catalogue: thread };
};

async function refuse(): Promise<never> {
  throw new TelemetryError('no_storage', 'there is no storage here; give one as persist.storage');
}
