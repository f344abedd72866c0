import { isListOf, type Snapshot } from '../../model.ts';
import type { Series } from '../../promql/source.ts';
import type { PartHost } from '../../protocol/feature.ts';
import { Appender } from './appender.ts';
import { historyMetrics } from './history-metrics.ts';
import type { FamilyMetadata, HistoryPart, HistoryStatus } from './history-part.ts';
import { KeptExemplars } from './kept-exemplars.ts';
import { KeptHistory } from './kept-history.ts';
import type { HistoryConfig } from './options.ts';
import { Sampler } from './sampler.ts';
import { Selection } from './selection.ts';
import { Store } from './store.ts';

export const name = 'history';

/** Which part of the memory exemplars may take. */
const EXEMPLARS = 1 / 20;

/** Starts the part of `history()`, which runs beside the collector. */
export function start(host: PartHost, config: HistoryConfig): HistoryPart {
  const limits = { retention: config.retention * 1000, maxBytes: config.maxBytes };
  const store = new Store(limits);
  const sampler = new Sampler(store, config.labels);
  const appender = new Appender(store);
  const maxBytes = config.maxBytes * EXEMPLARS;
  const exemplars = new KeptExemplars({ ...limits, maxBytes }, config.labels);
  const kept = new KeptHistory(host, store, sampler, limits);
  let newest: Snapshot | undefined;
  return {
    sampled(snapshot) {
      newest = snapshot;
      exemplars.sample(snapshot);
      store.besides = exemplars.bytes;
      sampler.sample(snapshot);
      kept.sampled();
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
    labels: config.labels,
    exemplars: () => exemplars.all(),
    append(time, samples) {
      appender.append(time, samples);
      store.trim(Math.min(time, host.clock.now() * 1000));
    },
    metadata: () => metadataOf(newest),
    flush: () => kept.flush(),
    save: () => kept.save(),
    close: () => kept.close(),
    // The samples are in storage. A worker that comes after this one must know that this one is gone.
    keeps: {
      write: () => JSON.stringify(kept.owners),
      restore(state) {
        const owners: unknown = JSON.parse(state);
        if (isListOf((id) => typeof id === 'string', owners)) kept.takeOver(owners as string[]);
      },
    },
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
