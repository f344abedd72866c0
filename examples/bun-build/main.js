import { formatPrometheus, setupRuntimeHooks, TelemetryCollector } from 'utilityfog-telemetry';

const collector = new TelemetryCollector({ collectionInterval: 1 });
const clicks = collector.registerCounter('clicks_total', 'Clicks', { labelNames: ['button'] });

document.querySelector('button').addEventListener('click', () => {
  clicks.increment(1, { button: 'count' });
  show();
});
setupRuntimeHooks(collector);
collector.addHook('collection', show);
collector.startCollection();

async function show() {
  document.querySelector('pre').textContent = await formatPrometheus(collector);
  document.querySelector('output').value = collector.link;
}
