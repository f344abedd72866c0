/** Pages that `instrumentPage()` observes, the servers that they ask, and a receiver of their spans and metrics. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Answer, receiver } from '../exporters/http-server.ts';
import { type SentSpan, spansIn, tracesIn } from '../opentelemetry/traces/sent-spans.ts';

declare global {
  interface Window {
    api: typeof import('@opentelemetry/api');
    collector: import('utilityfog-telemetry').TelemetryCollector;
    instrument: typeof import('utilityfog-telemetry/browser').instrumentPage;
    tracing: import('utilityfog-telemetry/opentelemetry').RequestTracing;
    FetchInstrumentation: typeof import('@opentelemetry/instrumentation-fetch').FetchInstrumentation;
    XMLHttpRequestInstrumentation: typeof import('@opentelemetry/instrumentation-xml-http-request').XMLHttpRequestInstrumentation;
    /** Sends metrics, too, each so many seconds. */
    sendMetrics: (interval: number) => Promise<void>;
    undo: () => void;
    before: typeof fetch;
  }
}

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'timing-allow-origin': '*',
};

const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** What the page imports of OpenTelemetry, in one module, so that there is one API. */
async function openTelemetry(): Promise<string> {
  const contents = `export * from '@opentelemetry/api';
    export { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';
    export { XMLHttpRequestInstrumentation } from '@opentelemetry/instrumentation-xml-http-request';`;
  const options = {
    bundle: true,
    format: 'esm',
    write: false,
    define: { global: 'globalThis' },
  } as const;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    ...options,
  });
  return outputFiles[0]!.text;
}
const api = openTelemetry();

export interface PageServers {
  readonly page: string;
  /** Another origin. */
  readonly other: string;
  /** The headers with which a path was asked for, by either origin. */
  headersOf(path: string): Readonly<Record<string, unknown>> | undefined;
  /** The method with which a path was asked for. */
  methodOf(path: string): string | undefined;
  spans(): SentSpan[];
  /** Paths that were asked of the receiver. */
  sent(): string[];
}

interface PageGiven {
  /** Options of the collector and of `instrumentPage()`, as code in which `other` is the other origin. */
  readonly collector?: string;
  readonly page?: string;
  /** What is in the head. */
  readonly head?: string;
  /** Whether the pages are cross-origin isolated, so that they have shared memory. */
  readonly isolated?: boolean;
}

export async function pageServers(given: PageGiven = {}): Promise<PageServers> {
  const otlp = await receiver((response) => response.writeHead(200, CORS).end());
  const apiText = await api;
  const answer: Answer = (response, { path, method }) => {
    const { pathname } = new URL(path, 'http://localhost');
    const isolation = given.isolated && ISOLATION;
    const text = (type: string, body: string) =>
      response.writeHead(200, { ...CORS, ...isolation, 'content-type': type }).end(body);
    if (method === 'OPTIONS') response.writeHead(204, CORS).end();
    else if (pathname === '/') text('text/html', html(given.head));
    else if (pathname === '/next') text('text/html', '<!doctype html>next');
    else if (pathname === '/slow') setTimeout(() => text('text/html', '<!doctype html>'), 1000);
    else if (pathname === '/page.js') text('text/javascript', script(otlp.url, other.url, given));
    else if (pathname === '/api.js') text('text/javascript', apiText);
    else if (pathname.startsWith('/pkg/')) {
      text('text/javascript', readFileSync(`${dist}${pathname.slice(5)}`, 'utf8'));
    } else if (pathname === '/missing') response.writeHead(404, CORS).end('none');
    else if (pathname === '/redirect') response.writeHead(302, { location: '/a' }).end();
    else if (pathname !== '/never') text('text/plain', 'answer');
  };
  const other = await receiver(answer);
  const page = await receiver(answer);
  const asked = (path: string) =>
    [...page.received, ...other.received].find(
      (one) => one.path === path && one.method !== 'OPTIONS',
    );
  return {
    page: page.url,
    other: other.url,
    headersOf: (path) => asked(path)?.headers,
    methodOf: (path) => asked(path)?.method,
    spans: () => spansIn(tracesIn(otlp.received.filter(({ method }) => method === 'POST'))),
    sent: () => otlp.received.map(({ method, path }) => `${method} ${path}`),
  };
}

const html = (head = '') => `<!doctype html><html><head>${head}
<link rel="icon" href="data:,">
<script type="importmap">{"imports":{"@opentelemetry/api":"/api.js"}}</script></head>
<body><button id="buy">Buy</button><p><span><b>secret text</b></span></p>
<form><input name="q" value="typed"><button id="send">Send</button></form>
<script type="module" src="/page.js"></script></body></html>`;

const script = (to: string, other: string, { collector = '', page = '' }: PageGiven) => `
import * as api from '@opentelemetry/api';
import { OTLPExporter, PeriodicExporter, TelemetryCollector } from '/pkg/index.js';
import { instrumentPage } from '/pkg/browser.js';
import { registerTracing, requestTracing, tracerProvider } from '/pkg/opentelemetry.js';
const other = '${other}';
const collector = new TelemetryCollector({ ${collector} });
const exporter = new OTLPExporter({ url: '${to}/v1/metrics' });
registerTracing(tracerProvider(collector, { exporter }));
window.sendMetrics = (interval) => new PeriodicExporter(exporter, collector, { interval }).start();
const tracing = requestTracing();
window.before = fetch;
const { FetchInstrumentation, XMLHttpRequestInstrumentation } = api;
Object.assign(window, { api, collector, tracing, instrument: instrumentPage, FetchInstrumentation, XMLHttpRequestInstrumentation });
window.undo = instrumentPage(collector, { tracing, ${page} });
`;

/** Returns the attributes of a span. */
export function attributesOf({ attributes = [] }: SentSpan): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [text] = Object.values(value as object);
      return [key, 'intValue' in (value as object) ? Number(text) : text];
    }),
  );
}
