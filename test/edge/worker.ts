/** A worker for workerd, bundled as users bundle theirs. workerd.test.ts asks it over HTTP. */
import { context, trace } from '@opentelemetry/api';
import {
  durableObjectStorage,
  formatPrometheus,
  instrument,
  type KeyValuePlace,
  kvStorage,
  MetricsExporter,
  OTLPExporter,
  TelemetryCollector,
} from 'utilityfog-telemetry/edge';
import { history } from 'utilityfog-telemetry/history';
import {
  registerTracing,
  requestTracing,
  tracerProvider,
} from 'utilityfog-telemetry/opentelemetry';
import { promql } from 'utilityfog-telemetry/promql';
import { keyValueSubject } from '../contracts/key-value-subject.ts';
import { storageCases } from '../contracts/storage-contract.ts';

type Values = Parameters<typeof durableObjectStorage>[0] & { deleteAll(): Promise<void> };
type Namespace = Parameters<typeof kvStorage>[0];
interface Objects {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(request: Request): Promise<Response> };
}
interface Env {
  readonly KV: Namespace;
  readonly OBJECTS: Objects;
}

// At module scope there are no timers and no random numbers, and the clock stands at 0.
const collector = new TelemetryCollector({ labels: { app: 'shop' } });
const loads = collector.registerCounter('module_loads_total', 'Loads of this module');
loads.increment();
collector.registerGauge('module_level', '', { combine: 'last' }).set(5);
collector.registerHistogram('module_seconds').observe(0.2);
collector.recordEvent('loaded', { by: 'workerd' });

/** Answers queries. */
const asked = new TelemetryCollector({ use: [history(), promql()] });
asked.registerCounter('asked_total').increment(3);
const handleQuery = asked.handler({ api: true });

let traced: TelemetryCollector | undefined;

/** Where spans go is known only with a request. */
function tracedTo(url: string): TelemetryCollector {
  if (!traced) {
    traced = new TelemetryCollector();
    registerTracing(tracerProvider(traced, { exporter: new OTLPExporter({ url }) }));
  }
  return traced;
}

/** Answers within a span, and flushes within `waitUntil`. */
async function answerTraced(request: Request): Promise<Response> {
  const url = new URL(request.url).searchParams.get('to')!;
  const work: Promise<unknown>[] = [];
  const handle = instrument(
    async (_request: Request, _env: object, _ctx: object) => {
      // Without `nodejs_compat` it is active only until the handler waits.
      const active = trace.getActiveSpan()?.spanContext().spanId;
      await fetch(url, { method: 'HEAD' });
      return new Response(active);
    },
    { collector: tracedTo(url), tracing: requestTracing(), flush: 0, route: () => '/answered' },
  );
  const response = await handle(
    request,
    {},
    { waitUntil: (one: Promise<unknown>) => work.push(one) },
  );
  await Promise.all(work);
  return response;
}

/** Makes a trace. */
async function traceTo(url: string): Promise<Response> {
  const traced = tracedTo(url);
  const tracer = trace.getTracer('workerd');
  const outer = tracer.startSpan('outer');
  const inside = trace.setSpan(context.active(), outer);
  await fetch(url, { method: 'HEAD' });
  const active = context.with(inside, () => {
    tracer.startSpan('inner', { attributes: { place: 'workerd' } }).end();
    return trace.getActiveSpan()?.spanContext().spanId;
  });
  outer.end();
  return Response.json({ active, ...(await traced.flush()) });
}

const exported: string[] = [];
class ToList extends MetricsExporter {
  override async exportMetrics(from: TelemetryCollector): Promise<boolean> {
    exported.push(await formatPrometheus(from));
    return true;
  }
}

const answers: Record<string, (request: Request, env: Env) => Promise<Response>> = {
  '/users/7': async () => new Response('user', { status: 201 }),
  '/fail': async () => {
    throw new TypeError('of the application');
  },
  '/exported': async () => Response.json(exported),
  '/metrics': (request) => collector.handler()(request),
  '/events': async () => Response.json(await collector.getEvents()),
  '/diagnostics': async () => Response.json(await collector.diagnostics()),
  '/port': async () => {
    const port = collector.createPort();
    port.postMessage('nobody hears it');
    return new Response(await formatPrometheus(collector));
  },
  '/traced': (request) => traceTo(new URL(request.url).searchParams.get('to')!),
  '/answered': (request) => answerTraced(request),
  '/abandon': (_, env) => abandonWrite(env.KV),
  '/resume': () => resume(),
  '/contract/kv': (request, env) => contract(request, placeOf(env.KV), kvStorage(env.KV)),
};

let abandoned: TelemetryCollector;
let isSlow = false;

/** Ends the request while a write that it began is under way. That write will never settle. */
async function abandonWrite(namespace: Namespace): Promise<Response> {
  const writing = new Promise<void>((begun) => {
    const slow: Namespace = {
      get: (key, type) => namespace.get(key, type),
      delete: (key) => namespace.delete(key),
      list: (options) => namespace.list(options),
      async put(key, value) {
        if (isSlow) {
          begun();
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        }
        await namespace.put(key, value);
      },
    };
    abandoned = new TelemetryCollector({
      logger: { warn: () => {}, error: () => {} },
      persist: { name: 'abandoned', storage: kvStorage(slow) },
    });
  });
  await abandoned.flush();
  isSlow = true;
  void abandoned.flush();
  await writing;
  return new Response('abandoned');
}

/** Flushes the abandoned collector as if half a minute had passed. */
async function resume(): Promise<Response> {
  isSlow = false;
  const { now } = Date;
  Date.now = () => now() + 31_000;
  try {
    await abandoned.flush();
  } finally {
    Date.now = now;
  }
  return new Response(await formatPrometheus(abandoned));
}

async function answer(request: Request, env: Env): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith('/object/')) {
    return env.OBJECTS.get(env.OBJECTS.idFromName('one')).fetch(request);
  }
  if (pathname.startsWith('/api/')) {
    await asked.startCollection();
    return handleQuery(request);
  }
  return answers[pathname]?.(request, env) ?? new Response('not found', { status: 404 });
}

const route = ({ url }: Request) =>
  new URL(url).pathname.startsWith('/users/') ? '/users/:id' : undefined;

export default instrument(
  { fetch: answer },
  { collector, exporter: new ToList(), flush: 3600, route },
);

/** A Durable Object with a collector of its own, whose totals outlive the object's memory. */
export class Counting {
  readonly #values: Values;
  readonly #collector: TelemetryCollector;

  constructor(state: { storage: Values }) {
    this.#values = state.storage;
    this.#collector = new TelemetryCollector({
      persist: { name: 'counting', storage: durableObjectStorage(state.storage) },
    });
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/object/contract') {
      await this.#values.deleteAll();
      return contract(request, placeIn(this.#values), durableObjectStorage(this.#values));
    }
    const visits = this.#collector.getMetric('visits_total') as ReturnType<
      TelemetryCollector['registerCounter']
    >;
    (visits ?? this.#collector.registerCounter('visits_total')).increment();
    await this.#collector.flush();
    return new Response(await formatPrometheus(this.#collector));
  }
}

/** Runs one case of the suite that every storage must pass. The answer says what is wrong. */
async function contract(
  request: Request,
  place: KeyValuePlace,
  storage: ReturnType<typeof kvStorage>,
): Promise<Response> {
  const name = new URL(request.url).searchParams.get('case');
  for (const key of await place.keys('')) await place.delete(key);
  try {
    await storageCases
      .find((one) => one.name === name)!
      .run(async () => keyValueSubject(place, storage));
    return new Response('passed');
  } catch (error) {
    return new Response(String(error));
  }
}

function placeOf(namespace: Namespace): KeyValuePlace {
  return {
    async get(key) {
      const value = await namespace.get(key, 'arrayBuffer');
      return value ? new Uint8Array(value) : undefined;
    },
    put: (key, bytes) => namespace.put(key, bytes),
    delete: (key) => namespace.delete(key),
    keys: async (prefix) => (await namespace.list({ prefix })).keys.map(({ name }) => name),
    exclusive: false,
  };
}

function placeIn(values: Values): KeyValuePlace {
  return {
    get: (key) => values.get(key) as Promise<Uint8Array | undefined>,
    put: (key, bytes) => values.put(key, bytes),
    delete: (key) => values.delete(key),
    keys: async (prefix) => [...(await values.list({ prefix })).keys()],
    exclusive: true,
  };
}
