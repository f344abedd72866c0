// Runs beside the collector, as the part of `busiest` does.
export const name = 'push';

/** Posts all series as JSON, now and then and with each flush. */
export function start(host, { url, interval }) {
  const push = async () => {
    const { timestamp, families } = await host.read();
    const metrics = families.map(({ name, type, labels, series, values }) => ({
      ...{ name, type, labels },
      series: series.map(({ labelNames, labelValues }) => ({ labelNames, labelValues })),
      values: [...values],
    }));
    // AbortSignal.timeout() would do it in newer browsers.
    const patience = new AbortController();
    const stopWaiting = host.clock.every(5, () => {
      patience.abort(new Error(`${url} did not answer within 5 seconds`));
    });
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ timestamp, metrics }),
        signal: patience.signal,
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    } finally {
      stopWaiting();
    }
  };
  const stop = host.clock.every(interval, () => {
    push().catch((error) => host.fail('push', `the metrics were not pushed: ${error}`));
  });
  return {
    flush: push,
    close: async () => stop(),
  };
}
