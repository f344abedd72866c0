/** How pages, frames and web workers reach the collector. */

import type { Recorder } from '../links/connection.ts';
import type { CodeOfParts } from '../links/feature-code.ts';
import type { AnyWorker, LinkRuntime, StartedWorker, WorkerStart } from '../links/link-runtime.ts';
import { WorkerConnection } from '../links/worker-connection.ts';
import { TelemetryError } from '../model.ts';
import { after, currentTime, every, monotonic } from '../platform/timers.ts';

/**
 * BROWSER: Firefox ends the worker of a page as soon as the page has been left, even while it writes. So
 * long the page waits where it has recorded something in its last moment. Seconds.
 */
const LAST_MOMENT = 0.05;

/** @param answered may be called more than once */
function started(given: AnyWorker, answered: () => void = () => {}): StartedWorker {
  if (!('addEventListener' in given)) {
    throw new TelemetryError('invalid_worker', 'the worker option must return a Worker');
  }
  const worker = given as Worker;
  return {
    endpoint: worker,
    onFailure(report) {
      worker.addEventListener('error', (event) => {
        // A worker that could not be loaded is no error of the page: keep its console clean.
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

/** Trusted Types, which TypeScript does not know yet. */
interface ScriptUrls {
  createScriptURL(url: string): string;
}
interface TrustedTypes {
  createPolicy(name: string, rules: ScriptUrls): ScriptUrls;
}
/** Never handed out: who holds it can run any script in the page. */
let scriptUrls: ScriptUrls | undefined;

/**
 * A page that enforces Trusted Types takes no URL for a worker that did not come from a policy.
 * Only such a refusal makes ours, since a page that does not allow it reports the attempt.
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
  // Bundlers look for exactly this expression; written twice they emit two workers, and where they
  // find `import.meta.url` by itself they write the path of the machine that builds.
  return started(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
}

async function startFromBlob(joined: CodeOfParts['joined']): Promise<StartedWorker> {
  const { workerText } = await import('#worker-text');
  const text = await joined(workerText);
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

/** Only Firefox has it. */
const isFirefox = 'mozInnerScreenX' in globalThis;

export const webLinks: LinkRuntime = {
  name: 'browser',
  whyNotShared: () =>
    globalThis.crossOriginIsolated
      ? 'there is no SharedArrayBuffer here'
      : 'the page is not cross-origin isolated',
  workerStarts,
  inlineCollector: () => import('#inline'),
  ...(isFirefox && {
    linger() {
      for (const end = monotonic() + LAST_MOMENT; monotonic() < end; );
    },
  }),
  after,
  every,
  portHolder: () => ({ hold: () => {}, release: () => {} }),

  // The port of a worker that was terminated closes without a word in Chromium 156.
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
      // Timers of a hidden page are throttled to one a second and later one a minute.
      listener.watched(isVisible());
      if (isVisible()) isLeft = false;
      else listener.closing(isLeft);
    };
    const left = () => {
      isLeft = true;
      listener.closing(true);
    };
    // It may have been opened in a tab that nobody has looked at yet.
    listener.watched(isVisible());
    const closing = () => listener.closing(false);
    // The page goes on until the next one answers, while after `pagehide` the worker is ended. Not after
    // others: what a listener of it adds meanwhile is not called in Chromium, and `pagehide` follows.
    addEventListener('beforeunload', closing);
    const stops = [
      () => removeEventListener('beforeunload', closing),
      // In this order when a page is left, in Chromium, Firefox and WebKit.
      afterOthers('pagehide', left),
      afterOthers('visibilitychange', changed),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  },
};

/** Calls `run` as the last of the listeners: what the application records in its own is there. */
function afterOthers(name: string, run: () => void): () => void {
  // A capturing listener of the window comes before those that bubble, also where the event is sent to
  // the window itself. What it adds comes last, behind all that were added since.
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
