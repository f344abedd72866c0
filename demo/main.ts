/** The page: it shows a swarm, and live what the library has to say about it. */
import type { CollectionRun, TelemetryCollectorOptions } from 'utilityfog-telemetry';
import { Aim } from './aim.ts';
import { AlertsView } from './alerts/alerts-view.ts';
import { AnomaliesView } from './anomalies/anomalies-view.ts';
import { alerts, makeCollector } from './collector.ts';
import { setUpCompare } from './compare/set-up-compare.ts';
import { setUpSliders } from './controls.ts';
import { Dashboard } from './dashboard.ts';
import { DiagnosticsView } from './diagnostics-view.ts';
import { EventsView } from './events-view.ts';
import { ExpositionView } from './exposition-view.ts';
import { frameMetrics, instrument } from './instrumentation.ts';
import { isolate } from './isolation/isolate.ts';
import { dateAndTime } from './numbers.ts';
import { Painter } from './painter.ts';
import { Proof } from './proof/proof.ts';
import { QueryView } from './query/query-view.ts';
import rules from './rules.yml';
import { DEFAULTS, Simulation } from './simulation.ts';
import { total } from './snapshot-reader.ts';
import { setUpTour } from './start/tour.ts';
import { setUpUseIt } from './start/use-it.ts';
import { Tabs } from './tabs.ts';
import { setUpTheme } from './theme.ts';
import { MessageTraces } from './traces/message-traces.ts';
import { traceReceiver } from './traces/trace-receiver.ts';
import { makeTracer } from './traces/tracer.ts';
import { TracesView } from './traces/traces-view.ts';

/** Whether the demo is served by a host of mere files, which cannot send headers: see scripts/build-demo.mjs. */
declare const ISOLATES_ITSELF: boolean;

/** If a frame comes later than this, the simulation does not catch up. Seconds. */
const LONGEST_FRAME = 0.1;
/** Without motion the picture changes only so often. Milliseconds. */
const STILL_INTERVAL = 1000;
const HINT = 'Click a branch to strike it, or choose one with the arrow keys and press Enter.';
const BADGES = { shared: 'shared memory', message: 'messages', inline: 'inline' };

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const still = matchMedia('(prefers-reduced-motion: reduce)');

// The page that comes once more does the rest.
if (ISOLATES_ITSELF && (await isolate('isolation-worker.js'))) await new Promise(() => {});

const collector = makeCollector(linkFromQuery());
let current: Simulation | undefined;
const simulation = new Simulation(
  instrument(collector, () => current, new MessageTraces(makeTracer(collector))),
  fromQuery('seed', Date.now(), 0, Number.MAX_SAFE_INTEGER),
  {
    branching: fromQuery('branching', DEFAULTS.branching, 2, 5),
    depth: fromQuery('depth', DEFAULTS.depth, 2, 13),
  },
);
current = simulation;
const frames = frameMetrics(collector);

const painter = new Painter(element('aim'), simulation.world.tree);
const traces = new TracesView(
  collector.feature(traceReceiver),
  () => collector.flush(),
  element('traces'),
);
const dashboard = new Dashboard(element('charts'), (trace) => {
  tabs?.select('traces');
  void traces.choose(trace);
});
const aim = new Aim(simulation, painter, element('aim'), say);
const query = new QueryView(collector);
const anomalies = new AnomaliesView(collector, element('anomalies'), element('unseen'));
const proof = new Proof(collector, element('strip'), element('block'), say);
const compare = setUpCompare(fromQuery('seconds', 5, 1, 60));
let speed = 1;
let paused = false;
let tabs: Tabs | undefined;

setUpTheme(element<HTMLButtonElement>('theme'), () => {
  painter.readColors();
  dashboard.redraw();
  query.redraw();
  anomalies.redraw();
  proof.restyle();
  compare.redraw();
});
setUpSliders(simulation, {
  replant() {
    simulation.plant();
    aim.clear();
    painter.plant(simulation.world.tree);
  },
  speed(factor) {
    speed = factor;
  },
});
setUpButtons();
setUpUseIt();
setUpTour((view) => {
  compare.close();
  tabs?.select(view);
});
say(HINT);
await start();

async function start(): Promise<void> {
  await collector.startCollection();
  const first = await collector.getSnapshot();
  void anomalies.recall();
  const badge = element('link');
  badge.textContent = collector.link ? BADGES[collector.link] : 'no collector';
  badge.dataset.link = collector.link ?? '';
  dispatchEvent(new Event('demo-started'));
  const since = sinceWhen(total(first, 'foglets_steps_total') > 0);
  element('since').textContent = `Counting since ${since}.`;
  const alertsView = new AlertsView(
    () => collector.feature(alerts).rules(),
    rules,
    element('alerts'),
    element('firing'),
    (expr) => {
      tabs?.select('query');
      void query.ask(expr);
    },
  );
  tabs = new Tabs(document.querySelector<HTMLElement>('.tabs')!, {
    exposition: new ExpositionView(collector, element('exposition'), element('filter')),
    query,
    alerts: alertsView,
    anomalies,
    traces,
    events: new EventsView(collector, element('events')),
    diagnostics: new DiagnosticsView(collector, simulation, first, since, element('diagnostics')),
  });
  collector.addHook('alert', (change) => alertsView.changed(change));
  collector.addHook('collection', (run: CollectionRun) => {
    void collector.getSnapshot().then((snapshot) => dashboard.update(snapshot, run));
    void tabs?.update();
  });
  requestAnimationFrame(runFrames);
}

function runFrames(first: number): void {
  let last = first;
  let drawn = 0;
  const frame = (now: number) => {
    const started = performance.now();
    const interval = (now - last) / 1000;
    const seconds = Math.min(interval, LONGEST_FRAME);
    last = now;
    frames.interval.observe(interval);
    if (!paused) simulation.advance(seconds * speed);
    if (!still.matches || now - drawn >= STILL_INTERVAL) {
      painter.drawLife(simulation, !still.matches);
      drawn = now;
    }
    frames.work.observe((performance.now() - started) / 1000);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

function setUpButtons(): void {
  const pause = element<HTMLButtonElement>('pause');
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.textContent = paused ? 'Resume' : 'Pause';
    pause.toggleAttribute('data-paused', paused);
  });
  element('strike').addEventListener('click', () => aim.strike());
}

/** Totals outlive a reload; this remembers when they began. */
function sinceWhen(restored: boolean): string {
  const stored = Number(localStorage.getItem('since'));
  const began = restored && stored > 0 ? stored : Date.now();
  localStorage.setItem('since', String(began));
  return `${dateAndTime(began)}${restored ? ', restored' : ''}`;
}

/** Returns a whole number from the address, such as `?depth=6&seed=1`. */
function fromQuery(name: string, otherwise: number, least: number, most: number): number {
  const value = Math.trunc(Number(new URLSearchParams(location.search).get(name) ?? otherwise));
  return value >= least && value <= most ? value : otherwise;
}

/** `?link=inline` and the like choose how the page and the collector meet. */
function linkFromQuery(): TelemetryCollectorOptions['link'] {
  const link = new URLSearchParams(location.search).get('link') ?? '';
  return Object.hasOwn(BADGES, link) ? (link as keyof typeof BADGES) : 'auto';
}

function say(text: string): void {
  element('readout').textContent = text;
}
