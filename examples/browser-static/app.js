import { formatPrometheus, setupRuntimeHooks, TelemetryCollector } from 'utilityfog-telemetry';

const collector = new TelemetryCollector({ collectionInterval: 1 });
const clicks = collector.registerCounter('clicks_total', 'Clicks', { labelNames: ['button'] });

document.querySelector('#count').addEventListener('click', async () => {
  clicks.increment(1, { button: 'count' });
  await show();
});
document.querySelector('#block').addEventListener('click', () => {
  clicks.increment(1, { button: 'block' });
  const end = performance.now() + 2000;
  while (performance.now() < end);
});

collector.addHook('collection', show);
await setupRuntimeHooks(collector);
await collector.startCollection();
document.querySelector('#link').value = collector.link;

async function show() {
  document.querySelector('pre').textContent = await formatPrometheus(collector);
}
