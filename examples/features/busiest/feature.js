const load = () => import('./part.js');

/** Finds the counters that grow fastest, in the worker: `new TelemetryCollector({ use: [busiest()] })`. */
export const busiest = ({ top = 5 } = {}) => ({
  name: 'busiest',
  config: { top },
  code: {
    // A worker imports this file, if the bundler emits it.
    url: () => new URL('./part.js', import.meta.url),
    // A worker that was started from text gets this with its text.
    text: async () => {
      const { name, start } = await load();
      return `exports.name = ${JSON.stringify(name)}; exports.start = ${start};`;
    },
    // Without a worker it runs here.
    module: load,
  },
  api: (call) => ({
    /** Resolves to the result of the last collection run. */
    now: () => call('busiest'),
    /** Resolves to the fastest ever, even before a restart if the collector has `persist`. */
    record: () => call('record'),
  }),
});
