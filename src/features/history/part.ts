import type { Snapshot } from '../../model.ts';
import type { Series } from '../../promql/source.ts';
import type { PartHost } from '../../protocol/feature.ts';
import { Appender } from './appender.ts';
import { historyMetrics } from './history-metrics.ts';
import type { FamilyMetadata, HistoryPart, HistoryStatus } from './history-part.ts';
import type { HistoryConfig } from './options.ts';
import { Sampler } from './sampler.ts';
import { Selection } from './selection.ts';
import { Store } from './store.ts';

export const name = 'history';

/** Starts the part of `history()`, which runs beside the collector. */
export function start(host: Pick<PartHost, 'clock'>, config: HistoryConfig): HistoryPart {
  const { retention, maxBytes, labels } = config;
  const store = new Store({ retention: retention * 1000, maxBytes });
  const sampler = new Sampler(store, labels);
  const appender = new Appender(store);
  let newest: Snapshot | undefined;
  return {
    sampled(snapshot) {
      newest = snapshot;
      sampler.sample(snapshot);
    },
    adds: () => historyMetrics(store),
    source: {
      select(matchers, from, to) {
        const selection = new Selection(from, to);
        const found: Series[] = [];
        store.index.find(matchers, (row) => {
          const series = selection.series(row);
          if (series) found.push(series);
        });
        return found;
      },
    },
    append(time, samples) {
      appender.append(time, samples);
      store.trim(Math.min(time, host.clock.now() * 1000));
    },
    metadata: () => metadataOf(newest),
    calls: { status: () => statusOf(store) },
  };
}

function metadataOf(snapshot: Snapshot | undefined): ReadonlyMap<string, FamilyMetadata> {
  const families = snapshot?.families ?? [];
  return new Map(
    families.map(({ name, type, description, unit }) => [name, { type, help: description, unit }]),
  );
}

function statusOf({ index, samples, bytes, span }: Store): HistoryStatus {
  const times = span && { oldest: span[0] / 1000, newest: span[1] / 1000 };
  return { series: index.size, samples, bytes, ...times };
}
