import { Hono } from 'hono';
import {
  formatPrometheus,
  instrument,
  MetricsExporter,
  TelemetryCollector,
} from 'utilityfog-telemetry/edge';
import { honoMetrics } from 'utilityfog-telemetry/hono';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseText } from '../formats/text-parser.ts';

/** Exports into a list, and fails if it is told to. */
class ToList extends MetricsExporter {
  readonly exported: string[] = [];
  fails = false;
  override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
    if (this.fails) throw new Error('the receiver is down');
    this.exported.push(await formatPrometheus(collector));
    return true;
  }
}

/** Makes an execution context with a list of all that was given to it. */
function context() {
  const work: Promise<unknown>[] = [];
  return { work, waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
}

const quiet = { warn: () => {}, error: () => {} };
const request = (path = '/') => new Request(`https://example.com${path}`);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('instrument', () => {
  it('hands everything through, and the same response back', async () => {
    const response = new Response('answer');
    const seen: unknown[] = [];
    const handler = (...args: [Request, { key: number }, ReturnType<typeof context>]) => {
      seen.push(...args);
      return response;
    };
    const [asked, env, ctx] = [request(), { key: 7 }, context()];
    expect(await instrument(handler)(asked, env, ctx)).toBe(response);
    expect(seen).toEqual([asked, env, ctx]);
    await Promise.all(ctx.work);
  });

  it('wraps a module object, which keeps its other handlers and its `this`', async () => {
    const module = {
      greeting: 'hello',
      fetch(_: Request) {
        return new Response(this.greeting);
      },
      scheduled: () => 'done',
    };
    const wrapped = instrument(module);
    expect(await (await wrapped.fetch(request())).text()).toBe('hello');
    expect(wrapped.scheduled).toBe(module.scheduled);
  });

  it("rethrows the handler's own errors, and flushes nevertheless", async () => {
    const collector = new TelemetryCollector({ logger: quiet });
    const error = new RangeError('of the application');
    const failing = (_request: Request, _env: object, _ctx: object): Response => {
      throw error;
    };
    const ctx = context();
    const wrapped = instrument(failing, { collector });
    await expect(wrapped(request(), {}, ctx)).rejects.toBe(error);
    expect(ctx.work).toHaveLength(1);
    await Promise.all(ctx.work);
  });

  it('flushes with the first request, and then at most every so often', async () => {
    const exporter = new ToList();
    const collector = new TelemetryCollector({ logger: quiet });
    const handler = instrument(
      (_request: Request, _env: object, _ctx: object) => new Response('answer'),
      { collector, exporter, flush: 10 },
    );
    const counted = () =>
      exporter.exported.map(
        (text) => parseText(text).samples.find(({ name }) => name === 'http_requests_total')?.value,
      );
    const [first, second, third, fourth] = [context(), context(), context(), context()];
    await handler(request(), {}, first);
    await Promise.all(first.work);
    expect(counted()).toEqual([1]);

    // It is too early: the second request waits for its turn, and its flush also serves the third.
    await handler(request(), {}, second);
    await handler(request(), {}, third);
    expect(third.work).toEqual([]);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(counted()).toEqual([1]);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all(second.work);
    expect(counted()).toEqual([1, 3]);

    await vi.advanceTimersByTimeAsync(10_000);
    await handler(request(), {}, fourth);
    await Promise.all(fourth.work);
    expect(counted()).toEqual([1, 3, 4]);
  });

  it('flushes with a later request where the platform has ended the timer', async () => {
    const exporter = new ToList();
    const handler = instrument(
      (_request: Request, _env: object, _ctx: object) => new Response('answer'),
      { exporter, flush: 10, collector: new TelemetryCollector({ logger: quiet }) },
    );
    const [first, second, third] = [context(), context(), context()];
    await handler(request(), {}, first);
    await Promise.all(first.work);
    await handler(request(), {}, second);
    vi.clearAllTimers();
    vi.setSystemTime(Date.now() + 10_001);
    await handler(request(), {}, third);
    await Promise.all(third.work);
    expect(exporter.exported).toHaveLength(2);
  });

  it('only flushes where the framework records the requests by its routes', async () => {
    const exporter = new ToList();
    const collector = new TelemetryCollector({ logger: quiet });
    const app = new Hono();
    app.use(honoMetrics({ collector }));
    app.get('/users/:id', (c) => c.text('a user'));
    const handler = instrument(app, { collector, exporter, requests: false });
    const ctx = { ...context(), passThroughOnException: () => {}, props: {} };
    expect(await (await handler.fetch(request('/users/1'), {}, ctx)).text()).toBe('a user');
    await Promise.all(ctx.work);
    const { samples } = parseText(exporter.exported[0]);
    expect(samples.filter(({ name }) => name === 'http_requests_total')).toMatchObject([
      { labels: { route: '/users/:id', status: '200' }, value: 1 },
    ]);
  });

  it('lets no failure of the exporter or the context reach the request', async () => {
    const exporter = new ToList();
    exporter.fails = true;
    const collector = new TelemetryCollector({
      logger: quiet,
      labels: { service_instance_id: 'one' },
    });
    const handler = instrument(
      (_request: Request, _env: object, _ctx: object) => new Response('answer'),
      { collector, exporter, flush: 0, route: () => JSON.parse('{') },
    );
    const ctx = context();
    expect((await handler(request(), {}, ctx)).status).toBe(200);
    await Promise.all(ctx.work);
    const revoked = {
      waitUntil: () => {
        throw new TypeError('Illegal invocation');
      },
    };
    expect((await handler(request(), {}, revoked)).status).toBe(200);
    expect((await handler(request(), {}, {})).status).toBe(200);
    const text = await formatPrometheus(collector);
    expect(text).toContain('reason="export"');
    expect(text).toContain('exporter="ToList",outcome="failure"');
  });
});
