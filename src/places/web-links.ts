/** How pages, frames and web workers reach the collector. */

import type { Recorder } from '../links/connection.ts';
import type { CodeOfParts } from '../links/feature-code.ts';
import type { AnyWorker, LinkRuntime, StartedWorker, WorkerStart } from '../links/link-runtime.ts';
import { WorkerConnection } from '../links/worker-connection.ts';
import { TelemetryError, textOf } from '../model.ts';
import { after, currentTime, every, monotonic } from '../platform/timers.ts';

/**
 * BROWSER: Firefox ends the worker of a page as soon as the page has been left, even while it writes. So a
 * page that has recorded something in its last moment waits for so long. Chromium lets it write, but not send, so
 * a page whose worker has to send waits there, too: that mostly takes 10 milliseconds. Seconds.
 */
const LAST_MOMENT = 0.05;

/** @param answered frees what was needed to start the worker; may be called more than once */
function started(given: AnyWorker, answered: () => void = () => {}): StartedWorker {
  if (!('addEventListener' in Object(given))) {
    const message = `the worker option must return a Worker; got ${textOf(given)}`;
    throw new TelemetryError('invalid_worker', message);
  }
  const worker = given as Worker;
  return {
    endpoint: worker,
    onFailure(report) {
      worker.addEventListener('error', (event) => {
        // A worker that could not be loaded is no error of the page, so its console stays clean.
        event.preventDefault();
        report(event.message || 'the worker script could not be loaded');
      });
      worker.addEventListener('messageerror', () => report('a message could not be read'));
    },
    hold: () => {},
    release: () => {},
    answered,
    terminate() {
      worker.terminate();
      answered();
    },
  };
}

/** The part of Trusted Types that is used here. TypeScript does not know them yet. */
interface ScriptUrls {
  createScriptURL(url: string): string;
}
interface TrustedTypes {
  createPolicy(name: string, rules: ScriptUrls): ScriptUrls;
}
/** Our policy. It is never handed out: whoever holds it can run any script in the page. */
let scriptUrls: ScriptUrls | undefined;

/**
 * Starts a worker. A page that enforces Trusted Types refuses any URL that did not come from a policy. Ours
 * is made only after such a refusal, since a page that forbids it reports the attempt.
 */
function workerAt(url: string): Worker {
  if (!scriptUrls) {
    try {
      return new Worker(url);
    } catch (error) {
      const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
      if (!trustedTypes || !(error instanceof TypeError)) throw error;
      const createScriptURL = (ours: string) => ours;
      scriptUrls = trustedTypes.createPolicy('utilityfog-telemetry', { createScriptURL });
    }
  }
  return new Worker(scriptUrls.createScriptURL(url));
}

async function startFromUrl(): Promise<StartedWorker> {
  // Bundlers look for exactly this expression. If it is written twice they emit two workers, and if they
  // find `import.meta.url` by itself they write the path of the machine that builds.
  return started(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
}

async function startFromBlob(withParts: CodeOfParts['withParts']): Promise<StartedWorker> {
  const { workerText } = await import('#worker-text');
  const text = await withParts(workerText);
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const revoke = () => URL.revokeObjectURL(url);
  try {
    return started(workerAt(url), revoke);
  } catch (error) {
    revoke();
    throw error;
  }
}

function workerStarts(application: (() => AnyWorker) | undefined): readonly WorkerStart[] {
  if (typeof Worker !== 'function') return [];
  return [
    ...(application ? [{ way: 'application', start: async () => started(application()) }] : []),
    { way: 'url', start: startFromUrl },
    { way: 'blob', start: startFromBlob },
  ];
}

/** Only Firefox has this property. */
const isFirefox = 'mozInnerScreenX' in globalThis;

export const webLinks: LinkRuntime = {
  name: 'browser',
  whyNotShared: () =>
    globalThis.crossOriginIsolated
      ? 'there is no SharedArrayBuffer here'
      : 'the page is not cross-origin isolated',
  workerStarts,
  inlineCollector: () => import('#inline'),
  linger(sends) {
    if (!sends && !isFirefox) return;
    for (const end = monotonic() + LAST_MOMENT; monotonic() < end; );
  },
  after,
  every,
  portHolder: () => ({ hold: () => {}, release: () => {} }),

  // BROWSER: in Chromium 156 the port of a terminated worker closes without an event, so a lock tells.
  lifeline(held) {
    const lock = `utilityfog-telemetry thread ${currentTime()} ${Math.random()}`;
    if (!navigator.locks) return Promise.resolve();
    return new Promise((resolve) => {
      const forever = () => {
        resolve(held(lock));
        return new Promise<void>(() => {});
      };
      navigator.locks.request(lock, forever).catch(() => resolve());
    });
  },

  onLifecycle(listener) {
    if (typeof document === 'undefined') return () => {};
    const isVisible = () => document.visibilityState === 'visible';
    let isLeft = false;
    const changed = () => {
      // In a hidden page timers are throttled to one a second, and later to one a minute.
      listener.watched(isVisible());
      if (isVisible()) isLeft = false;
      else listener.closing(isLeft, true);
    };
    // BROWSER: Chromium does not call listeners of the window that are added while `pagehide` runs, as below. So
    // another one notes it.
    const leaving = () => {
      isLeft = true;
    };
    const left = () => listener.closing(true, false);
    // The page may have been opened in a tab that nobody has looked at yet.
    listener.watched(isVisible());
    const closing = () => listener.closing(false, false);
    // After `beforeunload` the page goes on until the next one answers, while after `pagehide` the worker
    // is ended. This listener is not moved behind the others: Chromium does not call listeners that are
    // added while `beforeunload` runs, and `pagehide` follows anyway.
    addEventListener('beforeunload', closing);
    addEventListener('pagehide', leaving, true);
    const stops = [
      () => removeEventListener('beforeunload', closing),
      () => removeEventListener('pagehide', leaving, true),
      // Chromium, Firefox and WebKit send these two in this order when a page is left.
      afterOthers('pagehide', left),
      afterOthers('visibilitychange', changed),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  },
};

/** Calls `run` as the last of the listeners, so that it sees what the application records in its own. */
function afterOthers(name: string, run: () => void): () => void {
  // A capturing listener of the window comes before those that bubble, even if the event is sent to the
  // window itself. A listener that it adds comes last, behind all that were added before.
  const moveBack = () => {
    removeEventListener(name, run);
    addEventListener(name, run);
  };
  addEventListener(name, moveBack, true);
  addEventListener(name, run);
  return () => {
    removeEventListener(name, moveBack, true);
    removeEventListener(name, run);
  };
}

export function webConnection(recorder: Recorder): WorkerConnection {
  return new WorkerConnection(recorder, webLinks);
}
