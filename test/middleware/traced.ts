/** Collectors whose requests are traced, and what the tests ask of the spans. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatJSON, type TelemetryCollector } from 'utilityfog-telemetry';
import { contextManager, requestTracing, w3cPropagator } from 'utilityfog-telemetry/opentelemetry';
import { expect, onTestFinished } from 'vitest';
import { register } from '../opentelemetry/traces/implementations.ts';
import type { SentSpan } from '../opentelemetry/traces/sent-spans.ts';
import { tracing } from '../opentelemetry/traces/tracing.ts';
import { activeIn } from './requests.ts';

export const TRACE = '0af7651916cd43dd8448eb211c80319c';
export const PARENT = 'b7ad6b7169203331';
export const traceparent = `00-${TRACE}-${PARENT}-01`;

/** Makes a collector that takes spans, and registers what `@opentelemetry/api` uses until the test ends. */
export async function setUp(options?: Parameters<typeof requestTracing>[1]) {
  const traced = await tracing();
  register(traced.provider, { propagator: w3cPropagator }, contextManager());
  const { collector } = traced;
  const sent = async (): Promise<SentSpan[]> => {
    await expect.poll(() => activeIn(collector)).toBe(0);
    await collector.flush();
    return traced.spans();
  };
  return { ...traced, requests: requestTracing(undefined, options), sent };
}

/** Serves until the test ends. Resolves to the origin. */
export async function listen(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const attributesOf = (span: SentSpan | undefined) =>
  Object.fromEntries(
    (span?.attributes ?? []).map(({ key, value }) => {
      const [text] = Object.values(value as object);
      return [key, typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text];
    }),
  );

interface Histogram {
  readonly labels: Record<string, string>;
  readonly sum: number;
  readonly exemplars?: readonly { readonly labels: Record<string, string> }[];
}

export async function durationsOf(
  collector: TelemetryCollector,
  side: 'server' | 'client' = 'server',
): Promise<Histogram[]> {
  const { metrics } = JSON.parse(await formatJSON(collector));
  return [metrics[`http_${side}_request_duration_seconds`] ?? []].flat();
}
