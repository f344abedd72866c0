import type { Dropped } from '../delivery/push.ts';
import type { EventLog } from '../events/event-log.ts';
import { EventTail } from '../events/event-tail.ts';
import type { ExportPlan } from '../protocol/requests.ts';

/** So many exporters of events are told apart. Plans may be anybody's. */
const MAX_TAILS = 64;

interface TailsHost {
  readonly log: EventLog;
  readonly config: { readonly eventLimit: number };
  dropped(report: Dropped): void;
}

/** What the exporters of events have yet to export. */
export class EventTails {
  readonly #host: TailsHost;
  readonly #tails = new Map<string, EventTail>();

  constructor(host: TailsHost) {
    this.#host = host;
  }

  /** Returns what waits for an exporter, and tells of what had to go since it was last asked. */
  waiting({ push, exporter, destination }: ExportPlan): EventTail {
    const tail = this.#tailOf(push?.id ?? '');
    const { lost: count } = tail;
    tail.lost = 0;
    const message = 'more events came between two exports than the log holds';
    if (count > 0) {
      this.#host.dropped({ exporter, destination, count, what: 'events', reason: 'full', message });
    }
    return tail;
  }

  #tailOf(id: string): EventTail {
    const { log, config } = this.#host;
    const known = this.#tails.get(id);
    if (known) return known;
    const [oldest] = this.#tails;
    if (this.#tails.size >= MAX_TAILS && oldest) {
      this.#tails.delete(oldest[0]);
      log.tails.delete(oldest[1]);
    }
    const tail = new EventTail(config.eventLimit);
    tail.add(log.entries().filter((entry) => !log.restored.has(entry)));
    this.#tails.set(id, tail);
    log.tails.add(tail);
    return tail;
  }
}
