/** Takes metrics from pages, which cannot reach a server of metrics and must not have its credentials. */

import { COMPACT_TYPE } from '../../compact/form.ts';
import { addUp } from './aggregation.ts';
import { type Answer, Refused } from './answer.ts';
import type { ResourceBatch } from './batch.ts';
import { type Body, bodyHead, noEvents } from './body.ts';
import { readBody } from './bounded-body.ts';
import { compactBatch, readCompact } from './compact.ts';
import { compactEvents, type EventBatch, EventIntake } from './events.ts';
import { Families } from './families.ts';
import { forwarding, readOtlp, readOtlpLogs } from './forward.ts';
import { Gate } from './gate.ts';
import { otlpAnswer } from './otlp-answer.ts';
import { type RelayMetrics, relayMetrics } from './relay-metrics.ts';
import { type AnyRelayOptions, checkedRelay, type RelayOptions } from './relay-options.ts';
import { Senders } from './senders.ts';

export type { RelayEventOptions } from './events.ts';
export type { FamilyChoice } from './families.ts';
export type { ForwardOptions } from './forward.ts';
export type { RateOptions } from './rate-limit.ts';
export type { RelayFamily } from './registered-family.ts';
export type { AggregatingOptions, ForwardingOptions, RelayOptions } from './relay-options.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_REQUESTS = 256;
/** Seconds. */
const TIMEOUT = 10;

const FAILED: Answer = { outcome: 'failed', status: 500, body: 'the relay has failed\n' };

type Deliver = (body: Body, request: Request) => Answer | Promise<Answer>;

/**
 * Returns a Fetch handler for what the exporters of pages send. It never rejects.
 *
 * With `forward` it sends bodies on, with credentials of its own. With `aggregate` it adds up the deltas of all
 * pages in one collector. What the handler gets besides the request is given to `rate.key`.
 * @throws TelemetryError `invalid_option`, or if a family that is defined cannot be registered
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { createRelay } from 'utilityfog-telemetry/relay';
 *
 * const collector = new TelemetryCollector();
 * const relay = createRelay({ allowOrigins: ['https://shop.example.com'], aggregate: collector });
 * const answer = await relay(new Request('https://shop.example.com/telemetry', { method: 'GET' }));
 * console.log(answer.status);
 * // -> 405
 * await collector.shutdown();
 * ```
 */
export function createRelay<C extends unknown[] = unknown[]>(
  options: RelayOptions<C>,
): (request: Request, ...context: C) => Promise<Response> {
  const taken = checkedRelay(options as RelayOptions<never[]>);
  const { maxBytes = MAX_BYTES, maxRequests = MAX_REQUESTS, timeout = TIMEOUT } = taken;
  const metrics = relayMetrics(taken.aggregate ?? taken.collector, taken.events !== undefined);
  const gate = new Gate(taken);
  const deliver = delivery(taken, maxBytes, metrics);
  let underWay = 0;

  async function take(request: Request, context: C): Promise<Answer> {
    const early = gate.pass(request, context);
    if (early) return early;
    const head = bodyHead(request);
    if (underWay >= maxRequests) {
      const after = { 'retry-after': '1' };
      throw new Refused('busy', 503, 'too many requests are under way; ask again later', after);
    }
    underWay++;
    try {
      const bytes = await readBody(request, maxBytes, timeout);
      metrics.received(bytes.length);
      return await deliver({ ...head, bytes }, request);
    } finally {
      underWay--;
    }
  }

  return async (request, ...context) => {
    let answer: Answer;
    let cors: Readonly<Record<string, string>> = {};
    try {
      cors = gate.corsHeaders(request);
      answer = await take(request, context);
    } catch (error) {
      answer = error instanceof Refused ? error.answer : FAILED;
    }
    metrics.answered(answer.outcome);
    const { status, headers, body } = answer;
    return new Response(body ?? null, { status, headers: { ...headers, ...cors } });
  };
}

interface Batches {
  readonly batches: readonly ResourceBatch[];
  readonly events: readonly EventBatch[];
}

/** Reads what is to be added up. @throws Refused */
async function readBatches(body: Body, maxBytes: number): Promise<Batches> {
  if (body.type === COMPACT_TYPE) {
    const read = await readCompact(body, maxBytes);
    const events = read.events.length > 0 ? [compactEvents(read)] : [];
    return { batches: [compactBatch(read)], events };
  }
  if (body.isLogs) return { batches: [], events: await readOtlpLogs(body, maxBytes) };
  return { batches: await readOtlp(body, maxBytes), events: [] };
}

function delivery(options: AnyRelayOptions, maxBytes: number, metrics: RelayMetrics): Deliver {
  const { aggregate, forward, families, events, senderLimit = 50_000 } = options;
  if (forward) {
    return forwarding(forward, families as readonly (string | RegExp)[], maxBytes, metrics);
  }
  const owned = new Families(aggregate!, options);
  const senders = new Senders(senderLimit);
  const intake = events && new EventIntake(aggregate!, events, senders);
  return async (body) => {
    if (body.isLogs && !intake) throw noEvents();
    const { batches, events } = await readBatches(body, maxBytes);
    if (events.length > 0 && !intake) throw noEvents();
    const { points, refused } = addUp(batches, owned, senders);
    metrics.took(points);
    metrics.recorded(intake?.take(events, refused) ?? 0);
    metrics.refused(refused);
    return otlpAnswer(body.type, refused, body.isLogs);
  };
}
