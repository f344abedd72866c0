import fc from 'fast-check';
import { Window } from 'happy-dom';
import { instrumentPage } from 'utilityfog-telemetry/browser';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { elementPath } from '../../src/bridges/browser/element-path.ts';
import type { PageTracing } from '../../src/bridges/browser/page-tracing.ts';
import { traceRoutes } from '../../src/bridges/browser/route-changes.ts';
import { errors, makeCollector } from '../collectors.ts';

afterEach(() => vi.unstubAllGlobals());

describe('where there is no page', () => {
  it('does nothing, and says so', async () => {
    const collector = makeCollector();
    const { fetch } = globalThis;
    const undo = instrumentPage(collector);
    expect(globalThis.fetch).toBe(fetch);
    undo();
    expect(await errors(collector, 'no_page')).toBe(1);
  });

  it.each([
    ['tracing', {}],
    ['only', ['clicks']],
    ['propagateTo', ['https://api.example.com/path']],
    ['ignoreRequests', 'https://api.example.com'],
    ['ignore', 7],
    ['resources', -1],
  ])('refuses an option that makes no sense: %s', (name, value) => {
    const options = { [name]: value } as never;
    expect(() => instrumentPage(makeCollector(), options)).toThrow(
      expect.objectContaining({ name: 'TelemetryError', code: 'invalid_option' }),
    );
  });
});

/** Puts the globals of a page in place. */
function page(): Window {
  const window = new Window({ url: 'https://shop.example/start' });
  const { document, history, location, History, Element } = window;
  const globals = { document, history, location, History, Element };
  for (const [name, value] of Object.entries(globals)) {
    vi.stubGlobal(name, value);
  }
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window));
  vi.stubGlobal('removeEventListener', window.removeEventListener.bind(window));
  return window;
}

describe('the path of an element', () => {
  it('leads to that element, whatever the page looks like', () => {
    const { document } = page();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(20), fc.constantFrom('div', 'b', 'i')), { maxLength: 30 }),
        (shape) => {
          document.body.innerHTML = '';
          const all = [document.body as never as Element];
          for (const [at, name] of shape) {
            const child = document.createElement(name) as never as Element;
            all[at % all.length]!.append(child);
            all.push(child);
          }
          const paths = all.map((element) => elementPath(element));
          expect(new Set(paths).size).toBe(all.length);
          const root = all[0]!.parentElement!;
          expect(paths.map((path) => all.indexOf(found(root, path)!))).toEqual([...all.keys()]);
        },
      ),
    );
  });

  it('begins at an ID, and holds neither text nor values', () => {
    const { document } = page();
    document.body.innerHTML = '<form id="f"><p>text<input name="id" value="typed"></p></form>';
    const input = document.querySelector('input') as never as Element;
    expect(elementPath(input)).toBe('//*[@id="f"]/p/input');
  });
});

/** Follows a path from the root element. */
function found(root: Element, path: string): Element | undefined {
  const [, ...steps] = path.split('/').slice(1);
  return steps.reduce<Element | undefined>((at, step) => {
    const [, name, place = '1'] = /^(\w+)(?:\[(\d+)\])?$/.exec(step)!;
    return [...(at?.children ?? [])].filter(({ localName }) => localName === name)[
      Number(place) - 1
    ];
  }, root);
}

it('sees changes of the route also in browsers without the Navigation API', () => {
  const { history } = page();
  const seen: unknown[] = [];
  const tracing = {
    page(name: string, attributes: Record<string, unknown>) {
      seen.push([name, attributes['url.full'], attributes['navigation.type']]);
    },
  };
  const { pushState } = history;
  const undo = traceRoutes(tracing as never as PageTracing, () => undefined);
  history.pushState({}, '', '/orders');
  history.replaceState({}, '', '/orders'); // nothing has changed
  history.replaceState({}, '', '/orders#top'); // that is no route
  history.replaceState({}, '', '/#/cart');
  undo();
  history.pushState({}, '', '/unseen');
  expect(history.pushState).toBe(pushState);
  expect(seen).toEqual([
    ['routeChange', 'https://shop.example/orders', 'push'],
    ['routeChange', 'https://shop.example/#/cart', 'replace'],
  ]);
});
