/** Expressions to begin with. */
export const EXAMPLES: readonly { readonly title: string; readonly expr: string }[] = [
  {
    title: 'Messages by kind',
    expr: 'sum by (kind) (rate(foglets_messages_delivered_total[10s]))',
  },
  {
    title: 'Latency, p99',
    expr:
      'histogram_quantile(0.99, ' +
      'sum by (le, kind) (rate(foglets_message_latency_seconds_bucket[15s])))',
  },
  { title: 'Share lost', expr: 'swarm:messages_lost:ratio_rate10s' },
  { title: 'Alive by level', expr: 'foglets_alive / (foglets_alive + foglets_failed)' },
  { title: 'Busiest levels', expr: 'topk(3, sum by (level) (rate(foglets_forwards_total[10s])))' },
  { title: 'Frames per second', expr: 'rate(browser_frame_duration_seconds_count[5s])' },
  { title: 'Alerts', expr: 'count by (alertname) (ALERTS{alertstate="firing"})' },
];
