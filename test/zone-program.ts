/**
 * A program that reports which tasks the library causes in a zone of zone.js. Everything is called within
 * the zone, as Angular does.
 */

/** What it imports from the package. */
export const IMPORTED =
  '{ PeriodicExporter, MetricsExporter, setupRuntimeHooks, TelemetryCollector }';

/**
 * @param turn expression of a function that resolves once the event loop has turned, by no task of zone.js
 * @returns the program, which leaves in `found` the tasks until the first snapshot, and those after it
 */
export const zoneProgram = (link: string, turn: string) => `
  const tasks = [];
  const zone = Zone.root.fork({
    name: 'angular',
    onScheduleTask(delegate, _, target, task) {
      tasks.push(task.type + ' ' + task.source);
      return delegate.scheduleTask(target, task);
    },
  });
  let runs = 0;
  let exports = 0;
  class Own extends MetricsExporter {
    async exportMetrics() { exports++; return true; }
  }
  const collector = zone.run(() => {
    const collector = new TelemetryCollector({ link: '${link}', collectionInterval: 0.02 });
    collector.addHook('collection', () => void runs++);
    setupRuntimeHooks(collector);
    void collector.startCollection();
    void new PeriodicExporter(new Own(), collector, { interval: 0.02 }).start();
    return collector;
  });
  const counter = zone.run(() => collector.registerCounter('a_total', '', { labelNames: ['n'] }));
  await collector.getSnapshot();
  const found = [tasks.filter((task) => !task.startsWith('microTask'))];
  tasks.length = 0;
  for (let round = 0; round < 20 || runs < 5 || exports < 5; round++) {
    zone.run(() => {
      // Enough for batches that are full, and for pages and segments that are new.
      for (let i = 0; i < 300; i++) {
        collector.recordEvent('event', 'x'.repeat(500));
        if (round < 20) counter.increment(1, { n: String(round * 300 + i) });
      }
      counter.reset();
      counter.remove({ n: String(round) });
    });
    await (${turn})();
  }
  await collector.shutdown();
  found.push(tasks);`;
