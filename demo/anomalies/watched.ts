/** What the worker watches in the swarm for what is unusual. */

/**
 * A detector waits for 100 values unless told otherwise. Nobody looks at a demo for so many seconds before anything
 * happens.
 */
export const WARM_UP = 25;

export interface Watched {
  /** The name of the watch, and the title of its chart. */
  readonly name: string;
  readonly expr: string;
}

/** Rates are those of three seconds: what strikes is seen at once, and a run that comes late leaves no gap. */
export const WATCHED: readonly Watched[] = [
  {
    name: 'Messages per second',
    expr: 'sum(rate(foglets_messages_delivered_total[3s]))',
  },
  {
    name: 'Messages lost, in %',
    expr: '100 * sum(rate(foglets_messages_lost_total[3s])) / sum(rate(foglets_messages_sent_total[3s]))',
  },
  {
    name: 'Latency p99 in ms',
    expr: '1000 * histogram_quantile(0.99, sum by (le) (rate(foglets_message_latency_seconds_bucket[3s])))',
  },
  { name: 'Foglets alive', expr: 'sum(foglets_alive)' },
];

/** Returns a sentence of the detector without the expression: the chart of that name is beside it. */
export function inWords(text: string): string {
  return WATCHED.reduce((words, { expr }) => words.replace(` (${expr})`, ''), text);
}
