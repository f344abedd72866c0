/** The order of the pages. A page that is not here cannot be found, so a test asks for each. */
import { readFileSync } from 'node:fs';
import { REFERENCE } from './reference-pages.mjs';

/** The pages of docs/ without their endings, in groups as a reader meets them. */
export const GROUPS = {
  Begin: ['getting-started', 'prometheus-and-grafana', 'when-to-use', 'troubleshooting'],
  Find: ['by-task', 'by-runtime', 'api-at-a-glance', 'sizes', 'limits'],
  Measure: ['kinds-of-metric', 'labels-and-cardinality', 'events', 'middleware', 'tracing'],
  Deliver: ['delivery', 'exporters', 'formats', 'grafana', 'storage'],
  'Pages and edge': ['browser-telemetry', 'browsers', 'relay', 'edge'],
  'Threads and processes': ['threads', 'processes', 'runtimes', 'bundlers'],
  'Ask and watch': ['history', 'promql', 'promql-engine', 'alerting', 'rules', 'analytics'],
  'Come from elsewhere': [
    ...['coming-from-prom-client', 'coming-from-opentelemetry', 'compatibility', 'migration'],
  ],
  'Inside and beyond': [
    ...['how-it-works', 'architecture', 'features', 'extending'],
    ...['performance', 'performance-measurements'],
  ],
};

/** Returns the heading of a page. */
function titleOf(page) {
  const text = readFileSync(new URL(`../${page}.md`, import.meta.url), 'utf8');
  return /^# (.*)$/m.exec(text)[1];
}

/** Returns what VitePress shows beside each page. */
export function sidebar() {
  const groups = Object.entries(GROUPS).map(([text, pages]) => ({
    text,
    items: pages.map((page) => ({ text: titleOf(page), link: `/${page}` })),
  }));
  return [
    ...groups,
    { text: 'Reference', items: REFERENCE.map(({ text, link }) => ({ text, link })) },
  ];
}
