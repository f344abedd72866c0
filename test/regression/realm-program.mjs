/** Does most of what an application does, and prints the outcome. argv has the package and a folder. */
import { inspect } from 'node:util';

const [built, directory] = process.argv.slice(-2);
const { formatJSON, formatPrometheus, setupHealthHooks, TelemetryCollector } = await import(built);
const log = console.log;

for (const link of ['shared', 'message', 'inline']) {
  const logged = [];
  const logger = { warn: (message) => void logged.push(message), error() {} };
  const open = (more) => {
    const persist = { name: link, directory };
    const collector = new TelemetryCollector({ link, logger, persist, ...more });
    const requests = collector.registerCounter('requests_total', 'Lone \ud800', {
      labelNames: ['method', 'status'],
      labels: { app: 'a' },
    });
    return { collector, requests };
  };

  const { collector, requests } = open();
  requests.increment(1, { method: 'GET', status: '200' });
  requests.increment(1, { status: '200', method: 'GET' });
  requests.labels({ method: 'GET', status: 200 }).increment();
  requests.increment(-1, { method: 'GET', status: '200' });
  requests.increment(1, { method: 'GET' });
  requests.increment(1, { method: '\ud800', status: '\u{1f600}' });
  requests.increment(1, { method: 'x'.repeat(3000), status: '1' });
  const many = collector.registerHistogram('many_seconds', '', {
    labelNames: ['a', 'b', 'c', 'd'],
    buckets: [1],
  });
  many.observe(2, { a: 1, b: 2, c: 3, d: 4 });
  many.startTimer({ a: 1 })({ b: 2 });
  collector.registerGauge('level', '', { collect: async () => 7 });
  collector.registerCounter('plain_total').increment(2, {});

  collector.addHook('rejects', async () => {
    throw new Error('rejected');
  });
  collector.recordEvent('rejects');
  setupHealthHooks(collector);
  collector.recordEvent('health_check', { status: 'HEALTHY' });
  const at = new Date(0);
  collector.recordEvent(
    'rich',
    { list: [1, [2], { at }], at, no: undefined },
    { labels: { n: 1 } },
  );
  await collector.getSnapshot(); // so that its families come first
  const thread = TelemetryCollector.connect(collector.createPort(), { logger, link });
  thread.registerCounter('plain_total').increment(3);
  await thread.flush();
  try {
    collector.registerGauge('level', '', {});
  } catch (error) {
    log(error.code);
  }

  const text = await formatPrometheus(collector);
  log(text.replace(/^.*(runs|duration|stall).*\n/gm, ''));
  log((await formatJSON(collector, { pretty: true })).replace(/[0-9.]{12,}/g, 'now').length > 999);
  log(
    inspect(
      (await collector.getEvents()).map(({ timestamp, ...rest }) => rest),
      false,
      9,
    ),
  );

  const { status } = await collector.handler({ path: '/metrics' })(globalThis.asked);
  log(status, logged.sort());
  await collector.flush();
  await thread.shutdown();
  await collector.shutdown();

  const later = open({ strict: true });
  log(`${(await formatPrometheus(later.collector)).match(/^requests_total.*"GET".*$/gm)}`);
  await later.collector.shutdown();
}
