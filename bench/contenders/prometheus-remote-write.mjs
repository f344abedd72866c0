/** prom-client, whose metrics prometheus-remote-write pushes. It knows no metrics itself. */
import client from 'prom-client';
import { pushTimeseries } from 'prometheus-remote-write';
import { TARGET } from '../inputs.mjs';
import { prometheusStyle } from './prometheus-style.mjs';

/** @returns {import('./list.mjs').Contender} */
export function open() {
  const contender = prometheusStyle(client);
  return {
    ...contender,
    createSeries(sets, name) {
      const many = contender.createSeries(sets, name);
      return {
        ...many,
        async pusher(_, url) {
          return async () => {
            const timestamp = Date.now();
            const metrics = await many.read();
            const series = metrics.flatMap(({ name, values }) =>
              values.map(({ labels, value }) => ({
                labels: { __name__: name, ...labels },
                samples: [{ value, timestamp }],
              })),
            );
            const { status } = await pushTimeseries(series, { url, fetch, labels: TARGET });
            return status === 204;
          };
        },
      };
    },
  };
}
