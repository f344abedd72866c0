const load = () => import('./part.js');

/** The counters that grow fastest, found in the worker: `new TelemetryCollector({ use: [busiest()] })`. */
export const busiest = ({ top = 5 } = {}) => ({
  name: 'busiest',
  config: { top },
  code: {
    // A worker imports the file, where the bundler emits it.
    url: () => new URL('./part.js', import.meta.url),
    // A worker that was started from text has it with it.
    text: async () => {
      const { name, start } = await load();
      return `exports.name = ${JSON.stringify(name)}; exports.start = ${start};`;
    },
    // Without a worker it runs here.
    module: load,
  },
  api: (call) => ({
    /** As of the last collection run. */
    now: () => call('busiest'),
    /** The fastest ever, also before a restart where the collector has `persist`. */
    record: () => call('record'),
  }),
});
