/** What a page may forbid or lack, and what must come of it. */
import { readFileSync } from 'node:fs';
import type { Answer, SiteOptions } from './harness.ts';

const WORKER = '/pkg/worker.js';
const workerText = readFileSync(new URL('../../dist/worker.js', import.meta.url), 'utf8');

const ISOLATED_WORKER = {
  'content-type': 'text/javascript',
  'cross-origin-embedder-policy': 'require-corp',
};
const missing: Answer = { status: 404, headers: ISOLATED_WORKER, body: 'not found' };

/** The worker's file, served at a place where something is wrong. */
const workerAfter = (damage: string): Answer => ({
  headers: ISOLATED_WORKER,
  body: `{ ${damage} }\n${workerText}`,
});

/** How one way failed: its name, and what the reason must contain in every browser. */
type Failure = readonly [way: string, reason: RegExp];

export interface Fault {
  readonly fault: string;
  readonly policy?: string;
  readonly routes?: SiteOptions['routes'];
  /** A script that runs in the page before anything else. */
  readonly damage?: string;
  readonly link: string;
  readonly storage?: string;
  readonly failed?: readonly Failure[];
  /** The one line that the logger gets. */
  readonly said?: RegExp;
}

const NOT_LOADED = /could not be loaded/;
const URL_FAILED: Failure = ['url', NOT_LOADED];
const URL_UNTRUSTED: Failure = ['url', /trusted ?type|TrustedScriptURL|Sink type/i];
const BLOB_FAILED: Failure = ['blob', NOT_LOADED];
export const USING_SHARED = /using the shared link \(url: [^;]+\)$/;
const USING_INLINE = /using the inline link \(url: .+; blob: .+\)$/;
export const NOT_STORED = /storage cannot be used, totals will not survive: /;

export const FAULTS: readonly Fault[] = [
  { fault: 'nothing', link: 'shared' },

  {
    fault: 'worker.js without Cross-Origin-Embedder-Policy',
    routes: { [WORKER]: { headers: { 'content-type': 'text/javascript' }, body: workerText } },
    link: 'shared',
    failed: [URL_FAILED],
    said: USING_SHARED,
  },
  {
    fault: 'no worker.js',
    routes: { [WORKER]: missing },
    link: 'shared',
    failed: [URL_FAILED],
    said: USING_SHARED,
  },
  {
    fault: 'the page of the application in the place of worker.js',
    routes: {
      [WORKER]: {
        headers: { ...ISOLATED_WORKER, 'content-type': 'text/html' },
        body: '<!doctype html><title>App</title>',
      },
    },
    link: 'shared',
    failed: [URL_FAILED],
    said: USING_SHARED,
  },

  { fault: "worker-src 'self'", policy: "worker-src 'self'", link: 'shared' },
  {
    fault: 'worker-src blob:',
    policy: 'worker-src blob:',
    link: 'shared',
    failed: [URL_FAILED],
    said: USING_SHARED,
  },
  {
    fault: "worker-src 'none'",
    policy: "worker-src 'none'",
    link: 'inline',
    failed: [URL_FAILED, BLOB_FAILED],
    said: USING_INLINE,
  },
  {
    fault: "script-src 'self', and no worker.js",
    policy: "script-src 'self'",
    routes: { [WORKER]: missing },
    link: 'inline',
    failed: [URL_FAILED, BLOB_FAILED],
    said: USING_INLINE,
  },

  {
    // This policy is recommended for sites that cannot list their scripts.
    fault: "script-src 'nonce-…' 'strict-dynamic'",
    policy: "script-src 'nonce-n' 'strict-dynamic'; object-src 'none'; base-uri 'none'",
    link: 'shared',
  },
  {
    fault: 'everything forbidden but scripts and workers of its own',
    policy: "default-src 'none'; script-src 'self'; worker-src 'self'",
    link: 'shared',
  },

  {
    fault: 'Trusted Types, any policy',
    policy: "require-trusted-types-for 'script'",
    link: 'shared',
    failed: [URL_UNTRUSTED],
    said: USING_SHARED,
  },
  {
    fault: 'Trusted Types, our policy',
    policy: "require-trusted-types-for 'script'; trusted-types utilityfog-telemetry",
    link: 'shared',
    failed: [URL_UNTRUSTED],
    said: USING_SHARED,
  },
  {
    fault: 'Trusted Types, our policy, and no worker.js',
    policy: "require-trusted-types-for 'script'; trusted-types utilityfog-telemetry",
    routes: { [WORKER]: missing },
    link: 'shared',
    failed: [URL_UNTRUSTED],
    said: USING_SHARED,
  },
  {
    fault: 'Trusted Types, the policies of others',
    policy: "require-trusted-types-for 'script'; trusted-types other",
    link: 'inline',
    failed: [URL_UNTRUSTED, ['blob', /policy/i]],
    said: USING_INLINE,
  },

  {
    fault: 'a Worker constructor that throws',
    damage: `globalThis.Worker = class { constructor() { throw new Error('no workers today'); } };`,
    link: 'inline',
    failed: [
      ['url', /no workers today/],
      ['blob', /no workers today/],
    ],
    said: USING_INLINE,
  },
  { fault: 'no Worker', damage: 'delete globalThis.Worker;', link: 'inline' },
  {
    fault: 'no navigator.locks',
    damage: `Object.defineProperty(navigator, 'locks', { value: undefined });`,
    routes: {
      [WORKER]: workerAfter(`Object.defineProperty(navigator, 'locks', { value: undefined });`),
    },
    link: 'shared',
  },
  {
    fault: 'no fetch',
    damage: 'delete globalThis.fetch;',
    routes: { [WORKER]: workerAfter('delete globalThis.fetch;') },
    link: 'shared',
  },
];

/** What may be wrong with IndexedDB. The worker uses it, or the page if the collector is inline. */
const NO_STORAGE: readonly { fault: string; damage: string }[] = [
  {
    fault: 'no IndexedDB',
    damage: `Object.defineProperty(globalThis, 'indexedDB', { value: undefined });`,
  },
  {
    fault: 'IndexedDB that throws when it is named',
    damage: `Object.defineProperty(globalThis, 'indexedDB', {
      get() { throw new DOMException('storage is disabled', 'SecurityError'); },
    });`,
  },
  {
    fault: 'IndexedDB that throws when it is opened',
    damage: `IDBFactory.prototype.open = () => {
      throw new DOMException('storage is disabled', 'SecurityError');
    };`,
  },
  {
    fault: 'IndexedDB that refuses to open',
    damage: `IDBFactory.prototype.open = () => {
      const request = { error: new DOMException('a mutation was attempted', 'InvalidStateError') };
      setTimeout(() => request.onerror?.(new Event('error')));
      return request;
    };`,
  },
];

export const STORAGE_FAULTS: readonly Fault[] = NO_STORAGE.flatMap(({ fault, damage }) => [
  {
    fault: `${fault}, in the worker`,
    routes: { [WORKER]: workerAfter(damage) },
    link: 'shared',
    storage: 'memory',
    said: NOT_STORED,
  },
  {
    fault: `${fault}, inline`,
    damage: `delete globalThis.Worker; ${damage}`,
    link: 'inline',
    storage: 'memory',
    said: NOT_STORED,
  },
]);
