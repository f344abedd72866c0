/**
 * What the dashboards in grafana/ show. The metrics come from the code that registers them, where that runs in
 * Node; others are listed here, and a test finds each of them in a real exposition.
 */
const RANGE = '[$__rate_interval]';
const rate = (name, matchers = '') => `rate(${name}{${matchers}$filter}${RANGE})`;
const sumRate = (name, matchers) => `sum(${rate(name, matchers)})`;
const query = (expr, legend) => ({ expr, legend });

/** The collector's own metrics. The collector registers them, and no thread that records does. */
const OWN = [
  family('gauge', 'telemetry_metrics_count', 'Metric families'),
  family('counter', 'telemetry_collection_runs_total', 'Collection runs'),
  family('histogram', 'telemetry_collection_duration_seconds', 'Duration of collection runs'),
  family(
    'gauge',
    'telemetry_main_thread_stall_seconds',
    'How long the main thread has been silent',
    {
      combine: 'max',
    },
  ),
  family('counter', 'telemetry_events_total', 'Events recorded'),
  family('counter', 'telemetry_events_dropped_total', 'Events that were lost'),
  family('counter', 'telemetry_errors_total', 'Refusals and failures', { labelNames: ['reason'] }),
  family('counter', 'telemetry_exports_total', 'Exports', { labelNames: ['exporter', 'outcome'] }),
  family('counter', 'telemetry_series_overflow_total', 'Recordings beyond the limit of series', {
    labelNames: ['metric'],
  }),
  family('counter', 'telemetry_series_expired_total', 'Series that have expired', {
    labelNames: ['metric'],
  }),
  family('gauge', 'telemetry_delivery_queue_bytes', 'Bytes that wait to be delivered', {
    labelNames: ['exporter'],
  }),
  family('gauge', 'telemetry_delivery_queue_requests', 'Requests that wait to be delivered', {
    labelNames: ['exporter'],
  }),
  family('gauge', 'telemetry_delivery_queue_age_seconds', 'Age of the oldest waiting request', {
    labelNames: ['exporter'],
    combine: 'max',
  }),
  family('histogram', 'telemetry_delivery_seconds', 'Time until delivery', {
    labelNames: ['exporter'],
  }),
  family('counter', 'telemetry_delivery_dropped_series_total', 'Series that were given up', {
    labelNames: ['exporter', 'reason'],
  }),
];

/** The metrics of setupRuntimeHooks() in a page. */
const BROWSER = [
  family('histogram', 'browser_frame_duration_seconds', 'Time between animation frames'),
  family('histogram', 'browser_long_task_duration_seconds', 'Tasks longer than 50 milliseconds'),
  // A dashboard usually shows many pages. What all of them have used together tells little.
  family('gauge', 'browser_page_load_seconds', 'Page load, until each stage', {
    labelNames: ['stage'],
    combine: 'mean',
  }),
  family('gauge', 'browser_heap_used_bytes', 'JavaScript heap in use', { combine: 'mean' }),
];

function family(type, name, description, more = {}) {
  return { type, name, description, ...more };
}

const failing = (total, matchers) =>
  `(${sumRate(total, matchers)} or vector(0)) / ${sumRate(total)}`;
const meanRunSeconds = ['sum', 'count']
  .map((end) => rate(`telemetry_collection_duration_seconds_${end}`))
  .join(' / ');

const COLLECTOR = {
  title: 'Telemetry collector',
  uid: 'utilityfog-collector',
  description:
    "The collector's own metrics: is it running, does it deliver, does it lose anything?",
  families: OWN,
  panels: [
    panel('Collectors', [query('count(telemetry_metrics_count{$filter})', 'collectors')], {
      type: 'stat',
      width: 6,
    }),
    panel('Mean duration of a collection run', [query(meanRunSeconds)], { unit: 's', width: 6 }),
    panel(
      'Share of exports that fail',
      [query(failing('telemetry_exports_total', 'outcome="failure",'), 'failing')],
      { unit: 'percentunit', width: 6 },
    ),
    panel('Errors per second', [query(sumRate('telemetry_errors_total'), 'errors')], {
      unit: 'cps',
      width: 6,
    }),
  ],
};

const HEALTH = {
  0: { text: 'unknown', color: 'text' },
  1: { text: 'healthy', color: 'green' },
  2: { text: 'degraded', color: 'orange' },
  3: { text: 'unhealthy', color: 'red' },
};

const SYSTEM = {
  title: 'Coordination, messaging and health',
  uid: 'utilityfog-system',
  description:
    'What setupCoordinationHooks(), setupMessagingHooks() and setupHealthHooks() record.',
  setup(collector, { setupCoordinationHooks, setupMessagingHooks, setupHealthHooks }) {
    setupCoordinationHooks(collector);
    setupMessagingHooks(collector);
    setupHealthHooks(collector);
  },
  metrics: ({ name }) => name !== 'health_status',
  panels: [
    panel('Health', [query('health_status{$filter}')], {
      type: 'state-timeline',
      width: 24,
      values: HEALTH,
    }),
  ],
};

const NODE = {
  title: 'Node.js process',
  uid: 'utilityfog-node',
  description: 'What setupRuntimeHooks() records in Node, Deno and Bun, as far as each has it.',
  setup: (collector, { setupRuntimeHooks }) => setupRuntimeHooks(collector),
  metrics: [
    'process_start_time_seconds',
    'nodejs_version_info',
    'nodejs_gc_duration_seconds',
    'nodejs_active_resources',
    'nodejs_active_handles',
    'nodejs_heap_space_size_used_bytes',
  ],
  panels: [
    panel(
      'CPU',
      [
        query(rate('process_cpu_user_seconds_total'), 'user {{instance}}'),
        query(rate('process_cpu_system_seconds_total'), 'system {{instance}}'),
      ],
      { unit: 'percentunit' },
    ),
    panel(
      'Memory',
      [
        query('process_resident_memory_bytes{$filter}', 'resident {{instance}}'),
        query('nodejs_heap_size_total_bytes{$filter}', 'heap {{instance}}'),
        query('nodejs_heap_size_used_bytes{$filter}', 'heap used {{instance}}'),
        query('nodejs_external_memory_bytes{$filter}', 'external {{instance}}'),
      ],
      { unit: 'bytes' },
    ),
    panel(
      'Event loop lag',
      [
        query('nodejs_eventloop_lag_seconds{$filter}', 'now {{instance}}'),
        ...['mean', 'p50', 'p90', 'p99', 'max'].map((what) =>
          query(`nodejs_eventloop_lag_${what}_seconds{$filter}`, `${what} {{instance}}`),
        ),
      ],
      { unit: 's' },
    ),
    panel(
      'Time spent on garbage collection',
      [query(`sum by (kind) (${rate('nodejs_gc_duration_seconds_sum')})`, '{{kind}}')],
      { unit: 'percentunit' },
    ),
    panel('Open files', [
      query('process_open_fds{$filter}', 'open {{instance}}'),
      query('process_max_fds{$filter}', 'allowed {{instance}}'),
    ]),
    panel('Handles, requests and resources', [
      query('nodejs_active_handles_total{$filter}', 'handles {{instance}}'),
      query('nodejs_active_requests_total{$filter}', 'requests {{instance}}'),
      query('nodejs_active_resources_total{$filter}', 'resources {{instance}}'),
    ]),
  ],
};

const frames = 'browser_frame_duration_seconds';
const PAGES = {
  title: 'Browser pages',
  uid: 'utilityfog-browser',
  description: 'What setupRuntimeHooks() records in pages.',
  families: BROWSER,
  panels: [
    panel('Frames per second', [
      query(`${sumRate(`${frames}_count`)} / ${sumRate(`${frames}_sum`)}`, 'of visible pages'),
    ]),
    panel(
      'Share of frames longer than 34 milliseconds',
      [
        query(
          `1 - ${sumRate(`${frames}_bucket`, 'le="0.034",')} / ${sumRate(`${frames}_count`)}`,
          'slow',
        ),
      ],
      { unit: 'percentunit' },
    ),
  ],
};

const duration = 'http_server_request_duration_seconds';
const HTTP = {
  title: 'HTTP server',
  uid: 'utilityfog-http',
  description:
    'What the middleware for Hono, Express, Node, Deno and Bun, and instrument(), record.',
  setup(collector, { instrumentFetch }) {
    instrumentFetch(() => new Response(), { collector });
  },
  panels: [
    panel('Requests', [query(`sum by (route) (${rate('http_requests_total')})`)], {
      unit: 'reqps',
    }),
    panel(
      'Share of requests that fail',
      [query(failing('http_requests_total', 'status=~"5..",'), 'status 500 and more')],
      { unit: 'percentunit' },
    ),
    panel(
      '99 % of requests are faster',
      [
        query(
          `histogram_quantile(0.99, sum by (le, http_route) (${rate(`${duration}_bucket`)}))`,
          '{{http_route}}',
        ),
      ],
      { unit: 's' },
    ),
    panel('Requests by status', [query(`sum by (status) (${rate('http_requests_total')})`)], {
      unit: 'reqps',
    }),
  ],
};

function panel(title, queries, more = {}) {
  return { title, queries, ...more };
}

/** The dashboards, by the names of their files. */
export const TEMPLATES = {
  'collector.json': COLLECTOR,
  'system.json': SYSTEM,
  'node.json': NODE,
  'browser.json': PAGES,
  'http.json': HTTP,
};
