/** Browsers: pages, frames and their workers. */
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { milliseconds, type Runtime } from './runtime.ts';

/** Loaded on demand: few pages want it, and it can wait. */
export async function instrumentRuntime(collector: TelemetryCollector): Promise<void> {
  const { instrumentBrowser } = await import('./browser-metrics.ts');
  instrumentBrowser(collector);
}

export const runtime: Runtime = {
  name: 'browser',
  // WebKitGTK is isolated and still has no SharedArrayBuffer; some embedders have it but refuse
  // to post it. Both must hold.
  sharedMemory: typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated === true,
  canServe: false,
  // A page that has yet to ask for the collector has yet to load what leads there.
  connection: () => import('../links/connection.ts'),

  workerStarts: async (application) => (await import('./web-worker.ts')).workerStarts(application),

  inlineCollector: () => import('#inline'),

  every(seconds, run) {
    const timer = setInterval(run, milliseconds(seconds));
    return () => clearInterval(timer);
  },

  after(seconds, run) {
    const timer = setTimeout(run, milliseconds(seconds));
    return () => clearTimeout(timer);
  },

  portHolder: () => ({ hold: () => {}, release: () => {} }),

  onLifecycle(listener) {
    if (typeof document === 'undefined') return () => {};
    const changed = () => {
      // Timers of a hidden page are throttled to one a second and later one a minute.
      const visible = document.visibilityState === 'visible';
      listener.watched(visible);
      if (!visible) listener.ending();
    };
    const ending = () => listener.ending();
    document.addEventListener('visibilitychange', changed);
    addEventListener('pagehide', ending);
    return () => {
      document.removeEventListener('visibilitychange', changed);
      removeEventListener('pagehide', ending);
    };
  },
};
