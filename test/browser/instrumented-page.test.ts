/** Tests `instrumentPage()` in real browsers: what arrives of what a page asks for, loads, and is made to do. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BROWSERS, WEBKIT } from './drivers/browsers.ts';
import type { Driver, Profile, Tab } from './drivers/driver.ts';
import { attributesOf, type PageServers, pageServers } from './instrumented-pages.ts';
import { sentByLeft } from './left-pages.ts';

const PARENT = /^00-[\da-f]{32}-[\da-f]{16}-01$/;

for (const { name, launch, here } of [...BROWSERS, WEBKIT]) {
  describe.skipIf(!here)(`in ${name}`, () => {
    let driver: Driver;
    let profile: Profile;
    const tabs: Tab[] = [];
    beforeAll(async () => {
      driver = await launch();
      profile = await driver.newProfile();
    });
    afterEach(async () => {
      for (const tab of tabs.splice(0)) await tab.close();
    });
    afterAll(async () => {
      await profile?.close();
      await driver?.close();
    });

    const open = async ({ page }: PageServers) => {
      const tab = await profile.open(page);
      tabs.push(tab);
      return tab;
    };
    /** Sends what has ended, and returns the spans of these names, by their URLs. */
    const named = async (tab: Tab, servers: PageServers, ...names: string[]) => {
      await tab.run(() => {
        window.undo(); // nothing waits for timings any longer
        return window.collector.flush().then(() => {});
      });
      return servers.spans().filter((span) => names.includes(span.name));
    };

    it('observes fetch and XMLHttpRequest, and leads traces on to where it may', async () => {
      const servers = await pageServers({
        page: 'propagateTo: [other.replace("127.0.0.1", "localhost")]',
      });
      const tab = await open(servers);
      const there = servers.other;
      const allowed = there.replace('127.0.0.1', 'localhost');
      const outcome = await tab.run(
        async ([there, allowed]) => {
          const texts = [
            await (await fetch('/a?x=1')).text(),
            await (await fetch(`${there}/b`)).text(),
            await (await fetch(new URL(`${allowed}/c`), { method: 'POST', body: 'c' })).text(),
          ];
          const request = new Request('/d', {
            method: 'PUT',
            body: 'd',
            headers: { 'x-own': '1' },
            referrer: '/elsewhere',
          });
          texts.push((await fetch(request)).ok ? 'd' : '');
          await fetch('/e', { headers: { traceparent: 'mine', baggage: 'a=1' } });
          const opaque = await fetch(`${there}/f`, { mode: 'no-cors' });
          await fetch('/missing');
          await fetch('/redirect');
          const abort = new AbortController();
          const aborted = fetch('/never', { signal: abort.signal }).catch((error) => error.name);
          abort.abort();
          const xhr = (url: string, isAsync = true) =>
            new Promise<string>((resolve) => {
              const one = new XMLHttpRequest();
              one.onload = () => resolve(one.responseText);
              one.open('GET', url, isAsync);
              one.setRequestHeader('x-own', '1');
              one.send();
            });
          texts.push(await xhr('/x1'), await xhr('/x2', false), await xhr(`${there}/x3`));
          return { texts, used: request.bodyUsed, type: opaque.type, aborted: await aborted };
        },
        [there, allowed] as const,
      );
      expect(outcome).toEqual({
        texts: ['answer', 'answer', 'answer', 'd', 'answer', 'answer', 'answer'],
        used: true,
        type: 'opaque',
        aborted: 'AbortError',
      });

      // The browser tells of the first answer some time after it. Whoever observes first is told first.
      await tab.run(
        (url) =>
          new Promise<void>((told) => {
            const look = (list: PerformanceObserverEntryList) =>
              list.getEntriesByName(url).length > 0 && told();
            new PerformanceObserver(look).observe({ type: 'resource', buffered: true });
          }),
        `${servers.page}/a?x=1`,
      );
      const spans = await named(tab, servers, 'GET', 'POST', 'PUT');
      const summary = spans.map((span) => {
        const of = attributesOf(span);
        const url = String(of['url.full'])
          .replace(servers.page, '')
          .replace(there, 'there')
          .replace(allowed, 'allowed');
        return [
          span.name,
          url,
          of['http.response.status_code'],
          of['error.type'],
          span.status?.code,
        ];
      });
      expect(summary.sort()).toEqual(
        [
          ['GET', '/a?x=1', 200, undefined, undefined],
          ['GET', 'there/b', 200, undefined, undefined],
          ['POST', 'allowed/c', 200, undefined, undefined],
          ['PUT', '/d', 200, undefined, undefined],
          ['GET', 'there/f', undefined, undefined, undefined],
          ['GET', '/missing', 404, '404', 2],
          ['GET', '/redirect', 200, undefined, undefined],
          ['GET', '/never', undefined, 'AbortError', 2],
          ['GET', '/x1', 200, undefined, undefined],
          ['GET', '/x2', 200, undefined, undefined],
          ['GET', 'there/x3', 200, undefined, undefined],
        ].sort(),
      );
      // The server has the IDs of the span.
      const headers = servers.headersOf('/a?x=1')!;
      const first = spans.find(
        (span) => attributesOf(span)['url.full'] === `${servers.page}/a?x=1`,
      )!;
      expect(headers.traceparent).toBe(`00-${first.traceId}-${first.spanId}-01`);
      for (const path of ['/c', '/d', '/missing', '/x1', '/x2']) {
        expect(servers.headersOf(path)!.traceparent, path).toMatch(PARENT);
      }
      for (const path of ['/b', '/f', '/x3', '/']) {
        expect(servers.headersOf(path)!.traceparent, path).toBeUndefined();
      }
      expect(servers.headersOf('/d')).toMatchObject({
        'x-own': '1',
        referer: `${servers.page}/elsewhere`,
      });
      expect(servers.headersOf('/e')).toMatchObject({ traceparent: 'mine', baggage: 'a=1' });
      expect(servers.headersOf('/x1')).toMatchObject({ 'x-own': '1' });
      // What the browser knows of the network is told by events.
      const events = first.events?.map((event) => event.name);
      expect(events).toEqual(expect.arrayContaining(['fetchStart', 'requestStart', 'responseEnd']));
      // One request, which is aborted, is a console error in no browser.
      expect((await tab.errors()).filter((one) => !/404/.test(one))).toEqual([]);
      const counted = await tab.run(async () => {
        const { metrics } = await window.collector.getSnapshot();
        const all = metrics.http_client_request_duration_seconds as unknown as {
          count: number;
        }[];
        return all.reduce((sum, { count }) => sum + count, 0);
      });
      expect(counted).toBe(12);
    });

    it('knows the moments of an answer of which the browser tells before the page has it', async () => {
      const head = `<script>
        const original = window.fetch;
        window.fetch = async (...given) => {
          const answer = await original(...given);
          await answer.clone().text();
          await new Promise((told) => {
            const look = (list) => list.getEntriesByName(answer.url).length > 0 && told();
            new PerformanceObserver(look).observe({ type: 'resource', buffered: true });
          });
          return answer;
        };
      </script>`;
      const servers = await pageServers({ head });
      const tab = await open(servers);
      await tab.run(async () => void (await fetch('/a')));
      const [span] = await named(tab, servers, 'GET');
      const events = span!.events?.map((event) => event.name);
      expect(events).toEqual(expect.arrayContaining(['fetchStart', 'requestStart', 'responseEnd']));
    });

    it('never observes its own exporter, also where that sends from the page itself', async () => {
      const servers = await pageServers({ collector: "link: 'inline'" });
      const tab = await open(servers);
      const spans = await tab.run(async () => {
        await (await fetch('/a')).text();
        for (let i = 0; i < 3; i++) await window.collector.flush();
        return window.collector.link;
      });
      expect(spans).toBe('inline');
      await named(tab, servers);
      const urls = servers.spans().map((span) => attributesOf(span)['url.full']);
      expect(urls.filter((url) => /v1/.test(String(url)))).toEqual([]);
      expect(urls).toContain(`${servers.page}/a`);
      expect(servers.sent()).toContain('POST /v1/traces');
    });

    it('makes spans of the load, within the trace that the server has begun', async () => {
      const traceId = 'ab'.repeat(16);
      const head = `<meta name="traceparent" content="00-${traceId}-${'cd'.repeat(8)}-01">`;
      const servers = await pageServers({ head });
      const tab = await open(servers);
      await expect
        .poll(async () => {
          await tab.run(() => window.collector.flush().then(() => {}));
          return servers.spans().length;
        })
        .toBeGreaterThan(2);
      const spans = servers.spans();
      const load = spans.find((span) => span.name === 'documentLoad')!;
      expect(load).toMatchObject({ traceId, parentSpanId: 'cd'.repeat(8) });
      expect(attributesOf(load)['url.full']).toBe(`${servers.page}/`);
      const within = spans.filter((span) => span.parentSpanId === load.spanId);
      expect(within.map((span) => span.name)).toEqual(
        expect.arrayContaining(['documentFetch', 'resourceFetch']),
      );
      const urls = within.map((span) => attributesOf(span)['url.full']);
      expect(urls).toContain(`${servers.page}/page.js`);
      expect(load.events?.map((event) => event.name)).toEqual(
        expect.arrayContaining(['fetchStart', 'domInteractive', 'domComplete', 'loadEventEnd']),
      );
    });

    it('makes spans of a load whose first moments lie just before its start, as Firefox tells of them', async () => {
      const head = `<script>
        const original = performance.getEntriesByType.bind(performance);
        const early = { fetchStart: -4, requestStart: -2, responseStart: -1, responseEnd: -1 };
        const changed = (entry) => ({ ...entry.toJSON(), ...early });
        performance.getEntriesByType = (type) =>
          type === 'navigation' ? original(type).map(changed) : original(type);
      </script>`;
      const servers = await pageServers({ head });
      const tab = await open(servers);
      const find = (name: string) => servers.spans().find((span) => span.name === name);
      await expect
        .poll(async () => {
          await tab.run(() => window.collector.flush().then(() => {}));
          return find('documentFetch');
        })
        .toBeTruthy();
      const [load, request] = [find('documentLoad'), find('documentFetch')];
      const loadEventEnd = await tab.run(() => {
        const [entry] = performance.getEntriesByType('navigation');
        return (entry as PerformanceNavigationTiming).loadEventEnd;
      });
      const since = (time: string) => Number(BigInt(time) - BigInt(load!.startTimeUnixNano)) / 1e6;
      expect(since(load!.endTimeUnixNano)).toBeCloseTo(4 + loadEventEnd, 1);
      expect(since(request!.startTimeUnixNano)).toBe(0);
      expect(since(request!.endTimeUnixNano)).toBeCloseTo(3, 1);
      const moments = request!.events!.map(({ name, timeUnixNano }) => [
        name,
        Math.round(since(timeUnixNano)),
      ]);
      expect(moments).toEqual(
        expect.arrayContaining([
          ['fetchStart', 0],
          ['requestStart', 2],
          ['responseStart', 3],
        ]),
      );
    });

    it('makes spans of clicks, within which are requests, submits and changes of route', async () => {
      const servers = await pageServers();
      const tab = await open(servers);
      await tab.run(() => {
        document.querySelector('#buy')!.addEventListener('click', async () => {
          await undefined;
          history.pushState({}, '', '/orders?q=1');
          await fetch('/bought');
        });
        document
          .querySelector('form')!
          .addEventListener('submit', (event) => event.preventDefault());
        document.querySelector('b')!.addEventListener('click', (event) => event.stopPropagation());
      });
      for (const selector of ['#buy', 'b', '#send']) await tab.click(selector);
      await expect.poll(() => servers.headersOf('/bought')).toBeTruthy();
      await tab.run(() => fetch('/later').then(() => {}));
      const spans = await named(tab, servers, 'click', 'submit', 'routeChange', 'GET');
      const paths = spans
        .filter(({ name }) => name === 'click' || name === 'submit')
        .map((span) => [span.name, attributesOf(span).target_xpath]);
      expect(paths).toEqual(
        expect.arrayContaining([
          ['click', '//*[@id="buy"]'],
          ['click', '/html/body/p/span/b'],
          ['click', '//*[@id="send"]'],
          ['submit', '/html/body/form'],
        ]),
      );
      expect(paths.length).toBe(4);
      const [click] = spans.filter((span) => attributesOf(span).target_xpath === '//*[@id="buy"]');
      const inside = spans.filter((span) => span.parentSpanId === click!.spanId);
      expect(inside.map((span) => span.name).sort()).toEqual(['GET', 'routeChange']);
      const route = inside.find((span) => span.name === 'routeChange')!;
      expect(attributesOf(route)).toEqual({
        'url.full': `${servers.page}/orders?q=1`,
        'navigation.from': `${servers.page}/`,
        'navigation.type': 'push',
      });
      const submit = spans.find((span) => span.name === 'submit')!;
      expect(submit.traceId).toBe(
        spans.find((span) => attributesOf(span).target_xpath === '//*[@id="send"]')!.traceId,
      );
      const later = spans.find(
        (span) => attributesOf(span)['url.full'] === `${servers.page}/later`,
      )!;
      expect(later.parentSpanId).toBeUndefined();
      // Nothing of what the elements hold has left.
      expect(JSON.stringify(servers.spans())).not.toMatch(/secret text|typed/);
    });

    it('sends what has ended when a page is reloaded or left in the middle', async () => {
      const servers = await pageServers();
      const tab = await open(servers);
      const urls = () => servers.spans().map((span) => attributesOf(span)['url.full']);
      let asked = 0;
      // BROWSER: WebKitGTK ends the worker before that has sent, unless the next page takes a moment to answer.
      const away = name === 'WebKit' ? `${servers.page}/slow` : 'about:blank';
      for (const next of [`${servers.page}/?again`, away]) {
        await sentByLeft(async () => {
          const path = `/asked-${++asked}`;
          await tab.goto(`${servers.page}/`);
          await tab.run(async (path) => {
            await window.collector.flush(); // the worker is there
            void fetch('/never');
            await fetch(path);
          }, path);
          await tab.goto(next);
          return () => urls().includes(servers.page + path);
        });
      }
    });

    it('leaves fetch as it was: what it is, takes, returns, throws, and reports', async () => {
      const servers = await pageServers();
      const tab = await open(servers);
      const [ours, original] = await tab.run(async () => {
        const shown = async (call: typeof fetch) => {
          const counted = { count: 0, toString: () => `/a?${++counted.count}` };
          const used = new Request('/a', { method: 'POST', body: 'once' });
          const given: unknown[][] = [
            [],
            [undefined],
            [Symbol('no')],
            ['http://['],
            ['/a', 5],
            ['/a', null],
            ['/a', { method: 'GET', body: 'no' }],
            ['/a', { method: 'bad method' }],
            ['/a', { headers: { 'bad name': '' } }],
            ['/a', { signal: AbortSignal.abort(new RangeError('of the page')) }],
            ['data:,text'],
            [counted],
            [counted, { headers: [['x-a', '1']] }],
            ['/a', new Request('/b', { headers: { 'x-a': '1' } })],
            [used],
            [used],
          ];
          const outcomes = [];
          for (const one of given) {
            // What is observed is the global, which a page looks up at each call.
            const answer =
              call === window.before ? call(...(one as [string])) : fetch(...(one as [string]));
            outcomes.push(
              await answer.then(
                (got) => [got.status, got.url, got.constructor.name],
                (error) => [error.name, error.message],
              ),
            );
          }
          const foreign = await call.call({} as never, '/a').catch((error: Error) => error.name);
          return JSON.stringify([
            call.name,
            call.length,
            `${call}`.includes('[native code]'),
            outcomes,
            foreign,
            counted.count,
          ]);
        };
        return [await shown(fetch), await shown(window.before)];
      });
      expect(ours).toBe(original);
      const reported = await tab.run(async () => {
        const reasons: string[] = [];
        addEventListener('unhandledrejection', (event) => {
          event.preventDefault();
          reasons.push(event.reason.name);
        });
        // Chromium reports nothing of what a driver runs, so the page does.
        const script = document.createElement('script');
        script.textContent = `fetch('http://[').catch(() => {}); // this one is handled
          fetch('/a', { signal: AbortSignal.abort(new RangeError('nobody listens')) });`;
        document.body.append(script);
        for (let i = 0; i < 100 && reasons.length === 0; i++) await (await fetch('/a')).text();
        return reasons;
      });
      expect(reported).toEqual(['RangeError']);
    });

    it('can be ended in any order, and begun again', async () => {
      const servers = await pageServers({ page: "only: ['requests']" });
      const tab = await open(servers);
      const outcome = await tab.run(async () => {
        const { before, collector, tracing, instrument, undo } = window;
        const isSame = instrument(collector, { tracing }) === undo;
        const ask = async (path: string) => (await fetch(path)).ok;
        const inner = fetch;
        const outer: typeof fetch = (...args) => inner(...args);
        globalThis.fetch = outer;
        undo();
        undo();
        const isKept = fetch === outer;
        await ask('/unseen');
        const again = instrument(collector, { tracing, only: ['requests'] });
        await ask('/seen');
        again();
        const isOuter = fetch === outer;
        globalThis.fetch = before;
        const open = XMLHttpRequest.prototype.open;
        window.undo = instrument(collector, { tracing, only: ['requests'] });
        await ask('/seen-again');
        window.undo();
        const isBack = fetch === before && XMLHttpRequest.prototype.open === open;
        Object.defineProperty(window, 'fetch', { value: before, writable: false });
        window.undo = instrument(collector, { tracing, only: ['requests'] });
        return { isSame, isKept, isOuter, isBack, isLocked: fetch === before };
      });
      expect(outcome).toEqual({
        isSame: true,
        isKept: true,
        isOuter: true,
        isBack: true,
        isLocked: true,
      });
      const urls = (await named(tab, servers, 'GET')).map((span) => attributesOf(span)['url.full']);
      expect(urls).toEqual([`${servers.page}/seen`, `${servers.page}/seen-again`]);
    });

    it('counts requests without tracing, and bounds and ignores what it is told to', async () => {
      const servers = await pageServers({
        page: "ignore: 'form', ignoreRequests: (url) => url.pathname === '/a'",
      });
      const tab = await open(servers);
      await tab.run(async () => {
        const click = (selector: string) => document.querySelector<HTMLElement>(selector)!.click();
        document.querySelector('form')!.onsubmit = () => false;
        click('#send');
        for (let i = 0; i < 100; i++) click('#buy');
        await fetch('/a');
        await fetch('/b');
      });
      const clicks = await named(tab, servers, 'click', 'submit', 'GET');
      expect(clicks.filter(({ name }) => name !== 'GET').length).toBe(60);
      expect(clicks.filter(({ name }) => name === 'GET').length).toBe(1);
      const counts = await tab.run(async () => {
        const { collector, instrument } = window;
        window.undo = instrument(collector);
        await fetch('/untraced');
        const { metrics } = await collector.getSnapshot();
        return (metrics.http_client_request_duration_seconds as never as { count: number }[])[0]!
          .count;
      });
      expect(counts).toBe(2);
      expect(servers.headersOf('/untraced')!.traceparent).toBeUndefined();
    });

    // The SDK's packages and the ways in which a page sends by what they observe.
    it.each(['FetchInstrumentation', 'XMLHttpRequestInstrumentation'] as const)(
      "leaves OpenTelemetry's %s as it is, and never has a request twice",
      async (instrumentation) => {
        const servers = await pageServers({ page: "only: ['load']" });
        const tab = await open(servers);
        const counted = await tab.run(async (instrumentation) => {
          const { instrument, collector, tracing, undo } = window;
          const Foreign = window[instrumentation];
          const byXhr = (path: string) =>
            new Promise((resolve) => {
              const xhr = new XMLHttpRequest();
              xhr.onload = resolve;
              xhr.open('GET', path);
              xhr.send();
            });
          const byFetch = async (path: string) => (await fetch(path)).text();
          const ask = instrumentation === 'FetchInstrumentation' ? byFetch : byXhr;
          const foreign = new Foreign({ semconvStabilityOptIn: 'http' });
          await ask('/alone');
          undo();
          const outside = instrument(collector, { tracing, only: ['requests'] });
          await ask('/within-ours');
          outside();
          foreign.disable();
          const inner = instrument(collector, { tracing, only: ['requests'] });
          // Wraps ours.
          new Foreign({ semconvStabilityOptIn: 'http' }).enable();
          await ask('/around-ours');
          window.undo = inner;
          const { metrics } = await collector.getSnapshot();
          return [metrics.http_client_request_duration_seconds as never as { count: number }]
            .flat()
            .reduce((sum, { count }) => sum + count, 0);
        }, instrumentation);
        expect(counted).toBe(2);
        // OpenTelemetry's ends its spans some time after the answer.
        const spans = await vi.waitUntil(async () => {
          const all = await named(tab, servers, 'GET');
          return all.length >= 3 && all;
        }, 60_000);
        for (const path of ['/alone', '/within-ours', '/around-ours']) {
          const ours = spans.filter(
            (span) => attributesOf(span)['url.full'] === servers.page + path,
          );
          expect(ours.length, path).toBe(1);
          // A header that is set twice would have two values.
          const parent = String(servers.headersOf(path)!.traceparent);
          expect(parent, path).toBe(`00-${ours[0]!.traceId}-${ours[0]!.spanId}-01`);
        }
      },
    );
  });
}
