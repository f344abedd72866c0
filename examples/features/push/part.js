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
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ timestamp, metrics }),
      signal: AbortSignal.timeout(5000),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  };
  const stop = host.clock.every(interval, () => {
    push().catch((error) => host.fail('push', `the metrics were not pushed: ${error}`));
  });
  return {
    flush: push,
    close: async () => stop(),
  };
}
