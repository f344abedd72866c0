import { TelemetryError } from '../model.ts';
import type { PageAllocator } from '../pages/page-allocator.ts';
import type { CatalogueVisitor } from '../pages/thread-reader.ts';
import type { SoleClient } from '../protocol/client.ts';
import type { CollectorConfig } from '../protocol/config.ts';
import type { SoleService } from '../protocol/service.ts';
import {
  CANNOT_SERVE,
  Connection,
  type ConnectionLink,
  codeOf,
  type Recorder,
} from './connection.ts';
import type { CodeOfParts } from './feature-code.ts';

/** A collector in the only thread there is. It reads the cells in place, and is told of each new series. */
export interface InlineCollector {
  readonly service: SoleService;
  readonly catalogue: CatalogueVisitor;
  /** Ends its timers and parts, since another collector has taken its place. */
  abandon(): void;
}

export type OpenCollector = (
  config: Omit<CollectorConfig, 'mortal' | 'handover'>,
  cells: PageAllocator,
  client: SoleClient,
  load: CodeOfParts['load'],
) => Promise<InlineCollector>;

/** The connection to a collector in the only thread there is. There is nothing to start, watch or replace. */
export class InlineConnection extends Connection {
  readonly #open: OpenCollector;
  #made = 0;

  constructor(recorder: Recorder, runtime: Connection['runtime'], open: OpenCollector) {
    super(recorder, runtime);
    this.#open = open;
  }

  override async serve(): Promise<never> {
    throw new TelemetryError('cannot_serve', CANNOT_SERVE);
  }

  override async acceptPort(port: MessagePort): Promise<MessagePort> {
    this.recorder.registry.fail('no_threads', 'no thread can join here');
    return port;
  }

  protected override async connect(client: SoleClient): Promise<ConnectionLink> {
    const { config, port, registry, erased, features } = this.recorder;
    if (port) throw new TelemetryError('no_threads', 'no thread can join here');
    const made = ++this.#made;
    const { parts, load } = await codeOf(features);
    const { service, catalogue, abandon } = await this.#open(
      // The list itself, not a copy: it may have grown by the time that storage opens.
      { ...config, erased, parts },
      registry.cells,
      client,
      load,
    );
    // At the edge this may have been frozen with its request, and thawed after another one was made.
    if (made !== this.#made) {
      abandon();
      throw new TelemetryError('abandoned', 'another is in use');
    }
    const link = { kind: 'inline', service } as const;
    this.use(link);
    registry.cells.startOver();
    registry.attach(catalogue);
    for (const erasure of erased) this.tell(erasure);
    return link;
  }
}
