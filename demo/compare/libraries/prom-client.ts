/**
 * prom-client. It has no periodic export: an application asks for the text when it is scraped. It is made for Node;
 * these are the files of it that work in a page.
 */
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';
import type { Open } from '../telemetry.ts';
import { textTotals } from '../text-totals.ts';
import { DISTANCE, DISTANCE_BUCKETS, groups, labelsOf, POSITION, STEPS } from '../workload.ts';

const INTERVAL = 1000;

export const open: Open = async (series) => {
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ['group'];
  const counter = new Counter({
    name: STEPS,
    help: 'Steps',
    labelNames: ['foglet', 'group'],
    registers,
  });
  const gauge = new Gauge({ name: POSITION, help: 'Position', labelNames, registers });
  const histogram = new Histogram({
    name: DISTANCE,
    help: 'Distance',
    labelNames,
    buckets: DISTANCE_BUCKETS,
    registers,
  });
  const steps = Array.from({ length: series }, (_, foglet) => counter.labels(labelsOf(foglet)));
  const positions = groups.map((group) => gauge.labels({ group }));
  const distances = groups.map((group) => histogram.labels({ group }));
  let spent = 0;
  let timer: ReturnType<typeof setInterval>;
  const scrape = async () => {
    const began = performance.now();
    // It only waits for promises that are resolved at once, so no other task of the page comes in between.
    const text = await registry.metrics();
    spent += performance.now() - began;
    return text;
  };
  return {
    record(foglet, group, position) {
      steps[foglet].inc();
      positions[group].set(position);
      distances[group].observe(position);
    },
    spent: () => spent,
    async start() {
      timer = setInterval(scrape, INTERVAL);
    },
    async stop() {
      clearInterval(timer);
      return textTotals(await scrape());
    },
  };
};
