/** Pages that live shortly and send through a network that fails. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OTLPExporter, TelemetryCollector } from 'utilityfog-telemetry';
import { onTestFinished } from 'vitest';
import { bodyOf } from '../request-body.ts';

type Handler = (request: Request) => Promise<Response>;

/** What the pages have done. */
export interface Simulated {
  readonly pages: number;
  /** How many views all pages have counted. */
  readonly recorded: number;
  /** How many of them an exporter was told of that they have arrived. */
  readonly acknowledged: number;
  /** How many may have arrived besides: they were sent, and the page ended without an answer. */
  readonly unanswered: number;
  /** How many were never sent, since the page ended first. */
  readonly unsent: number;
  /** How many the relay was sent and has taken, each counted once, however often its request was sent. */
  readonly taken: number;
  /** The same of observations. A page records while it is read, so a request may tell of one and not of the other. */
  readonly observed: number;
  readonly requests: number;
  readonly bytes: number;
}

const ROUTES = ['/', '/cart', '/search', '/item'];
/** How often what happens, of 1. */
const LOST_REQUEST = 0.05;
const LOST_ANSWER = 0.05;
const UNAVAILABLE = 0.05;
const OFFLINE = 0.1;
const KILLED = 0.2;

/** A generator of random numbers from 0 to 1 that begins the same each time (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Serves the relay behind a network that loses requests and answers. */
async function unreliable(relay: Handler, random: () => number) {
  const traffic = { requests: 0, bytes: 0, taken: 0, observed: 0 };
  const bodies = new Set<string>();
  const answer = async (asked: IncomingMessage, told: ServerResponse) => {
    const body = await bodyOf(asked);
    if (!body) return;
    traffic.requests++;
    traffic.bytes += body.length;
    const isOffline = asked.headers['x-offline'] === 'yes';
    if (isOffline || random() < LOST_REQUEST) return asked.socket.destroy();
    if (random() < UNAVAILABLE) return told.writeHead(503).end();
    const headers = asked.headers as Record<string, string>;
    const request = new Request(`http://relay.test${asked.url}`, { method: 'POST', headers, body });
    const response = await relay(request);
    // A request that is sent again has the same bytes.
    const hash = createHash('sha256').update(body).digest('hex');
    if (response.ok && !bodies.has(hash)) {
      const { views, observed } = contentOf(body);
      traffic.taken += views;
      traffic.observed += observed;
    }
    if (response.ok) bodies.add(hash);
    if (random() < LOST_ANSWER) return asked.socket.destroy();
    told.writeHead(response.status, Object.fromEntries(response.headers));
    return told.end(Buffer.from(await response.arrayBuffer()));
  };
  const underWay = new Set<Promise<unknown>>();
  const server = createServer((asked, told) => {
    const answered = answer(asked, told).catch(() => {});
    underWay.add(answered);
    void answered.then(() => underWay.delete(answered));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  /** Resolves when everything that was sent has been dealt with: also what the sender did not wait for. */
  const end = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await closed;
    await Promise.all(underWay);
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, traffic, end };
}

/** Returns how many views and observations a request tells of. */
function contentOf(body: Buffer): { readonly views: number; readonly observed: number } {
  const { resourceMetrics } = JSON.parse(String(body)) as {
    resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[];
  };
  const metrics = resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap((scope) => scope.metrics),
  );
  const sumOf = (name: string, value: (point: Point) => number) =>
    metrics
      .filter((metric) => metric.name === name)
      .flatMap(({ sum, histogram }) => (sum ?? histogram)?.dataPoints ?? [])
      .reduce((total, point) => total + value(point), 0);
  return {
    views: sumOf('views_total', ({ asDouble }) => asDouble),
    observed: sumOf('took_seconds', ({ count }) => Number(count)),
  };
}

interface Point {
  readonly asDouble: number;
  readonly count: string;
}

interface Metric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: Point[] };
  readonly histogram?: { readonly dataPoints: Point[] };
}

/** One page, from the time that it is opened until it is closed or killed. */
async function live(url: string, random: () => number) {
  const page = new TelemetryCollector({ link: 'inline', logger: { warn() {}, error() {} } });
  const views = page.registerCounter('views_total', '', { labelNames: ['route'] });
  const took = page.registerHistogram('took_seconds', '', { buckets: [0.1, 1] });
  // Some pages are offline until shortly before they end.
  let isOffline = random() < OFFLINE;
  const headers = () => ({ 'x-offline': isOffline ? 'yes' : 'no' });
  const exporter = new OTLPExporter({
    ...{ url: `${url}/v1/metrics`, temporality: 'delta', headers },
    ...{ encoding: 'json', compression: 'none' },
  });
  let recorded = 0;
  let sent = 0;
  let acknowledged = 0;
  const record = () => {
    const count = 1 + Math.floor(random() * 5);
    for (let i = 0; i < count; i++) {
      views.increment(1, { route: ROUTES[Math.floor(random() * ROUTES.length)]! });
      took.observe(random());
    }
    recorded += count;
  };
  const send = async () => {
    const upTo = recorded;
    sent = upTo;
    if (await exporter.exportMetrics(page)) acknowledged = Math.max(acknowledged, upTo);
  };
  const under: Promise<void>[] = [];
  const exports = 1 + Math.floor(random() * 3);
  for (let i = 0; i < exports; i++) {
    record();
    under.push(send());
    if (i > 0) await Promise.race([Promise.all(under), pause(200 * random())]);
  }
  isOffline = false;
  record();
  // A page that is closed sends once more; one that is killed does not. Neither waits for long.
  const isKilled = random() < KILLED;
  if (!isKilled) under.push(send());
  await Promise.race([Promise.all(under), pause(isKilled ? 0 : 4000)]);
  await page.shutdown();
  await Promise.all(under);
  return { recorded, acknowledged, sent };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());

/**
 * Lets pages live, some at a time.
 * @param relay a handler that adds up
 */
export async function simulatePages(
  relay: Handler,
  { pages, atOnce, seed }: { pages: number; atOnce: number; seed: number },
): Promise<Simulated> {
  const random = randomFrom(seed);
  const { url, traffic, end } = await unreliable(relay, random);
  const total = { recorded: 0, acknowledged: 0, unanswered: 0, unsent: 0 };
  let left = pages;
  const some = async () => {
    while (left-- > 0) {
      const { recorded, acknowledged, sent } = await live(url, random);
      total.recorded += recorded;
      total.acknowledged += acknowledged;
      total.unanswered += sent - acknowledged;
      total.unsent += recorded - sent;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, some));
  await end();
  return { pages, ...total, ...traffic };
}
