/**
 * The only place where the swarm meets the library. It says which metrics there are, and which call of the
 * simulation changes which. Frequent calls go to series that are bound once, so that the hot loop never
 * builds a label object; only what is rare becomes an event.
 */
import {
  exponentialBuckets,
  type Histogram,
  setupCoordinationHooks,
  setupHealthHooks,
  setupMessagingHooks,
  setupRuntimeHooks,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import type { Simulation } from './simulation.ts';
import { CAUSES, DROP_REASONS, type Instrument, KINDS } from './totals.ts';
import type { MessageTraces } from './traces/message-traces.ts';

const HOP_BUCKETS = [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24];
/**
 * Bounds from 33 ms, the time of one hop, to about 4 s, in steps that are narrow enough to read quantiles
 * from.
 */
const LATENCY_BUCKETS = exponentialBuckets(0.033, 1.3, 19).map(rounded);

/**
 * Registers everything. `current` returns the simulation once there is one. With `tracing`, messages that are
 * traced are exemplars of their latency.
 */
export function instrument(
  collector: TelemetryCollector,
  current: () => Simulation | undefined,
  tracing?: MessageTraces,
): Instrument {
  const messages = messageSeries(collector, tracing);
  const nodes = nodeSeries(collector);
  watchLevels(collector, current);
  setupCoordinationHooks(collector);
  setupMessagingHooks(collector);
  setupHealthHooks(collector);
  setupRuntimeHooks(collector);
  const steps = collector.registerCounter('foglets_steps_total', 'Steps of the simulation.');
  const step = steps.labels({});
  return {
    ...messages,
    ...nodes,
    planted(depth) {
      messages.levels(depth);
      nodes.levels(depth);
    },
    stepped: () => step.increment(),
    event: (name, value) => collector.recordEvent(name, value),
    tracing,
  };
}

function messageSeries(collector: TelemetryCollector, tracing: MessageTraces | undefined) {
  const sent = collector.registerCounter(
    'foglets_messages_sent_total',
    'Messages that foglets have sent.',
    { labelNames: ['kind'] },
  );
  const delivered = collector.registerCounter(
    'foglets_messages_delivered_total',
    'Messages that have reached their destination.',
    { labelNames: ['kind'] },
  );
  const lost = collector.registerCounter(
    'foglets_messages_lost_total',
    'Messages that will never arrive.',
    { labelNames: ['reason'] },
  );
  const forwards = collector.registerCounter(
    'foglets_forwards_total',
    'Messages passed on to a neighbour, by the level of the foglet that did it.',
    { labelNames: ['kind', 'level'] },
  );
  const hops = collector.registerHistogram(
    'foglets_message_hops',
    'Edges that a message took to its destination.',
    { buckets: HOP_BUCKETS },
  );
  const latency = collector.registerHistogram(
    'foglets_message_latency_seconds',
    'Simulated time from sending a message to its arrival.',
    { labelNames: ['kind'], buckets: LATENCY_BUCKETS, unit: 'seconds' },
  );

  const sentBy = KINDS.map((kind) => sent.labels({ kind }));
  const deliveredBy = KINDS.map((kind) => delivered.labels({ kind }));
  const latencyBy = KINDS.map((kind) => latency.labels({ kind }));
  const lostBy = DROP_REASONS.map((reason) => lost.labels({ reason }));
  const forwardsBy = KINDS.map((): ReturnType<typeof forwards.labels>[] => []);
  const allHops = hops.labels({});
  return {
    levels(depth: number) {
      KINDS.forEach((kind, k) => {
        for (let level = 0; level <= depth; level += 1) {
          forwardsBy[k][level] ??= forwards.labels({ kind, level });
        }
      });
    },
    sent: (kind: number) => sentBy[kind].increment(),
    forwarded: (kind: number, level: number) => forwardsBy[kind][level].increment(),
    delivered(kind: number, hopCount: number, seconds: number, trace: number) {
      deliveredBy[kind].increment();
      if (trace > 0) latencyBy[kind].observe(seconds, { exemplar: tracing?.exemplar(trace) });
      else latencyBy[kind].observe(seconds);
      allHops.observe(hopCount);
    },
    dropped: (reason: number) => lostBy[reason].increment(),
  };
}

function nodeSeries(collector: TelemetryCollector) {
  const alive = collector.registerGauge('foglets_alive', 'Foglets that are alive, by level.', {
    labelNames: ['level'],
  });
  const failed = collector.registerGauge('foglets_failed', 'Foglets that have failed, by level.', {
    labelNames: ['level'],
  });
  const failures = collector.registerCounter('foglets_failures_total', 'Failures of foglets.', {
    labelNames: ['cause'],
  });
  const healed = collector.registerCounter('foglets_healed_total', 'Foglets that came back.');
  const recovery = collector.registerHistogram(
    'foglets_recovery_seconds',
    'Simulated time from the failure of a foglet to its recovery.',
    { buckets: [1, 2, 3, 4, 5, 7.5, 10, 15], unit: 'seconds' },
  );

  const failuresBy = CAUSES.map((cause) => failures.labels({ cause }));
  const allHealed = healed.labels({});
  const allRecovery = recovery.labels({});
  const byLevel: {
    alive: ReturnType<typeof alive.labels>;
    failed: ReturnType<typeof failed.labels>;
  }[] = [];
  return {
    levels(depth: number) {
      // A smaller tree leaves levels behind that no longer exist. Their gauges must go, too.
      for (let level = byLevel.length - 1; level > depth; level -= 1) {
        alive.remove({ level });
        failed.remove({ level });
        byLevel.pop();
      }
      for (let level = byLevel.length; level <= depth; level += 1) {
        byLevel.push({ alive: alive.labels({ level }), failed: failed.labels({ level }) });
      }
    },
    failed: (cause: number) => failuresBy[cause].increment(),
    healed(seconds: number) {
      allHealed.increment();
      allRecovery.observe(seconds);
    },
    population(level: number, aliveNow: number, failedNow: number) {
      byLevel[level].alive.set(aliveNow);
      byLevel[level].failed.set(failedNow);
    },
  };
}

/** Values that matter only when somebody looks are read just before a collection run. */
function watchLevels(collector: TelemetryCollector, current: () => Simulation | undefined): void {
  collector.registerGauge('foglets_messages_in_flight', 'Messages on their way.', {
    collect: () => current()?.totals.inFlight ?? 0,
  });
  collector.registerGauge(
    'foglets_cut_off',
    'Foglets that are alive but have no living way to the root.',
    {
      collect: () => {
        const world = current()?.world;
        world?.updateReachable();
        return world?.isolated ?? 0;
      },
    },
  );
}

/**
 * How long frames take, and how much of that the page itself uses. The buckets reach further than those of the
 * runtime hooks, which end at a second: this page stands still for longer when it is told to.
 */
export function frameMetrics(collector: TelemetryCollector): {
  interval: Histogram;
  work: Histogram;
} {
  const buckets = exponentialBuckets(0.0005, 1.5, 25).map(rounded);
  return {
    interval: collector.registerHistogram(
      'foglets_frame_interval_seconds',
      'Time from one frame to the next.',
      { buckets, unit: 'seconds' },
    ),
    work: collector.registerHistogram(
      'foglets_frame_work_seconds',
      'Time to simulate and draw one frame.',
      { buckets, unit: 'seconds' },
    ),
  };
}

/** Four digits are enough for a bound that somebody reads. */
function rounded(seconds: number): number {
  return Math.round(seconds * 10_000) / 10_000;
}
