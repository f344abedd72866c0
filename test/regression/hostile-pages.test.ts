/** Tests in real browsers that `instrumentPage()` tells the truth and changes nothing, whatever a page consists of. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSERS } from '../browser/drivers/browsers.ts';
import type { Driver, Profile } from '../browser/drivers/driver.ts';
import { attributesOf, pageServers } from '../browser/instrumented-pages.ts';

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}`, () => {
    let driver: Driver;
    let profile: Profile;
    beforeAll(async () => {
      driver = await launch();
      profile = await driver.newProfile();
    });
    /** A page whose script has run. */
    const opened = async (url: string) => {
      const tab = await profile.open(url);
      await expect.poll(() => tab.run(() => typeof window.undo)).toBe('function');
      return tab;
    };
    afterAll(async () => {
      await profile?.close();
      await driver?.close();
    });

    it('observes each request of an XMLHttpRequest that is used again, and odd options of fetch', async () => {
      const servers = await pageServers({ page: "only: ['requests', 'routes']" });
      const tab = await opened(servers.page);
      const seen = await tab.run(async () => {
        /** Sends again with the same object in a listener that was there before it was opened. */
        const chained = (type: 'onload' | 'onreadystatechange' | 'onabort', paths: string[]) =>
          new Promise<void>((resolve) => {
            const xhr = new XMLHttpRequest();
            const next = () => {
              const path = paths.shift();
              if (!path) return resolve();
              xhr.open('GET', path);
              xhr.send();
              if (path === '/never') xhr.abort();
            };
            xhr[type] = () => {
              if (xhr.readyState === 4) next();
            };
            if (type === 'onabort') xhr.onload = () => resolve();
            next();
          });
        await chained('onload', ['/load-1', '/load-2', '/missing']);
        await chained('onreadystatechange', ['/state-1', '/state-2']);
        await chained('onabort', ['/never', '/after-abort']);

        const hidden = Object.defineProperty({}, 'method', { value: 'DELETE' });
        await fetch('/hidden', hidden);
        const made = { get: (_: object, key: string) => (key === 'method' ? 'PUT' : undefined) };
        await fetch('/made-up', new Proxy({}, made) as never);
        await fetch('/frozen', Object.freeze({ method: 'POST', headers: { 'x-own': '1' } }));
        const once = [['x-own', '2']][Symbol.iterator]();
        await fetch('/once', { headers: once as never });
        const broken = [['bad name', '']][Symbol.iterator]();
        const failure = await fetch('/broken', { headers: broken as never }).catch((e) => e.name);
        const thrown = {
          get method() {
            throw new RangeError('of the page');
          },
        };
        const getter = await fetch('/getter', thrown as never).catch((error) => error.name);

        // Somebody who has replaced `fetch` before.
        window.undo();
        const given: string[] = [];
        const { before, instrument, collector, tracing } = window;
        globalThis.fetch = (input, init) => {
          given.push(
            input instanceof URL ? input.pathname : 'no URL',
            Object.keys(init ?? {})
              .sort()
              .join(),
          );
          return before(input, { ...init });
        };
        window.undo = instrument(collector, { tracing, only: ['requests', 'routes'] });
        await fetch(new URL('/as-url', location.href), { method: 'PATCH', cache: 'no-store' });
        history.pushState({}, '', '#/back?access_token=hush&a=1');
        window.undo();
        await collector.flush();
        return { failure, getter, given };
      });
      expect(seen).toEqual({
        failure: 'TypeError',
        getter: 'RangeError',
        given: ['/as-url', 'cache,headers,method'],
      });
      const spans = servers.spans();
      const told = spans
        .filter((span) => span.kind === 3)
        .map((span) => {
          const of = attributesOf(span);
          const path = String(of['url.full']).replace(servers.page, '');
          return [span.name, path, of['http.response.status_code'] ?? of['error.type']];
        });
      expect(
        told.filter(([, path]) => /load|state|missing|never|abort/.test(String(path))),
      ).toEqual(
        expect.arrayContaining([
          ['GET', '/load-1', 200],
          ['GET', '/load-2', 200],
          ['GET', '/missing', 404],
          ['GET', '/state-1', 200],
          ['GET', '/state-2', 200],
          ['GET', '/never', 'AbortError'],
          ['GET', '/after-abort', 200],
        ]),
      );
      expect(told).toEqual(expect.arrayContaining([['DELETE', '/hidden', 200]]));
      const methods = ['/hidden', '/made-up', '/frozen', '/as-url'].map((path) =>
        servers.methodOf(path),
      );
      expect(methods).toEqual(['DELETE', 'PUT', 'POST', 'PATCH']);
      for (const path of ['/hidden', '/frozen', '/as-url']) {
        expect(servers.headersOf(path)!.traceparent, path).toMatch(/^00-/);
      }
      expect(servers.headersOf('/frozen')).toMatchObject({ 'x-own': '1' });
      expect(servers.headersOf('/once')).toMatchObject({ 'x-own': '2' });
      expect(servers.headersOf('/broken')).toBeUndefined();
      expect(JSON.stringify(spans)).toContain('access_token=REDACTED');
      expect(JSON.stringify(spans)).not.toContain('hush');
    });

    it('tells of keys and of long interactions, whatever the fields of a form are called', async () => {
      const servers = await pageServers({
        page: "only: ['requests', 'interactions'], ignore: (element) => element.nodeName === 'NEVER'",
      });
      const tab = await opened(servers.page);
      await tab.run(() => {
        const fields = [
          'parentElement',
          'getAttribute',
          'localName',
          'closest',
          'nextElementSibling',
        ];
        const form = document.createElement('form');
        form.innerHTML = `${fields.map((field) => `<input name="${field}">`).join('')}<i tabindex="0">in</i>`;
        document.body.append(form);
        const key = (target: Element, key: string, repeat = false) =>
          target.dispatchEvent(new KeyboardEvent('keydown', { key, repeat, bubbles: true }));
        const inside = form.querySelector('i')!;
        key(inside, 'Enter');
        key(inside, ' ');
        key(inside, 'a'); // says what somebody types
        key(inside, 'Enter', true);
        key(document.querySelector('#buy')!, 'Enter'); // becomes a click
        // Firefox sends a form also because of an event that a script makes.
        form.addEventListener('submit', (event) => event.preventDefault());
        form.dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }));
        // One interaction within another, whose event goes no further.
        const [buy, send] = ['#buy', '#send'].map((id) => document.querySelector<HTMLElement>(id)!);
        send!.onclick = (event) => {
          event.preventDefault();
          event.stopPropagation();
        };
        buy!.addEventListener('click', () => send!.click(), { once: true });
        buy!.click();
      });
      await tab.run(() => fetch('/later').then(() => {}));
      const isKnown = await tab.run(
        () => PerformanceObserver.supportedEntryTypes?.includes('event') ?? false,
      );
      await tab.run((isKnown) => {
        const { dataset } = document.body;
        const noteTime = (name: string) => void (dataset[name] = `${performance.now()}`);
        document.querySelector('b')!.addEventListener('click', () => {
          delete dataset.told;
          const end = performance.now() + 120;
          while (performance.now() < end);
          noteTime('ended');
        });
        if (!isKnown) return;
        // Whoever observes first is told first.
        const observer = new PerformanceObserver(() => noteTime('told'));
        observer.observe({ type: 'event', durationThreshold: 40 } as PerformanceObserverInit);
      }, isKnown);
      // What the browser tells of an event comes after the next frame. A span waits for a second for that, and on a
      // loaded machine it may take longer.
      const hurries = async () => {
        await tab.click('b');
        if (!isKnown) return true;
        await expect.poll(() => tab.run(() => document.body.dataset.told)).toBeDefined();
        const { told, ended } = await tab.run(() => ({ ...document.body.dataset }));
        return Number(told) < Number(ended) + 900;
      };
      while (!(await hurries()));
      await tab.run(async () => {
        window.undo();
        await window.collector.flush();
      });
      const spans = servers.spans();
      const of = (name: string) => spans.filter((span) => span.name === name);
      const paths = of('keydown').map((span) => attributesOf(span).target_xpath);
      expect(paths).toEqual(['/html/body/form[2]/i', '/html/body/form[2]/i']);
      expect(of('submit').map((span) => attributesOf(span).target_xpath)).toEqual([
        '/html/body/form[2]',
      ]);
      const [outer, inner, long] = ['//*[@id="buy"]', '//*[@id="send"]', '/html/body/p/span/b'].map(
        (path) => of('click').findLast((span) => attributesOf(span).target_xpath === path),
      );
      expect(inner!.parentSpanId).toBe(outer!.spanId);
      expect(of('GET').map(({ parentSpanId }) => parentSpanId)).toEqual([undefined]);
      const duration = attributesOf(long!)['interaction.duration_ms'];
      if (isKnown) expect(duration).toBeGreaterThanOrEqual(100);
      else expect(duration).toBeUndefined();
      expect(await tab.errors()).toEqual([]);
    });
  });
}
