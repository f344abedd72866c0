/** The client in a worker: it reads the collector over a port of its own, whatever the page is doing. */
import { type JsonSnapshot, TelemetryCollector, type ThreadPort } from 'utilityfog-telemetry';
import { total } from '../snapshot-reader.ts';
import type { Findings } from './findings.ts';
import { SHOWN, Strip, type StripStyle } from './strip.ts';

/** Milliseconds. */
const INTERVAL = 100;
const TURNS = 'foglets_blocking_turns_total';
const FIRING = { alertname: 'MainThreadBlocked', alertstate: 'firing' };

interface Start {
  readonly port: ThreadPort;
  readonly canvas: OffscreenCanvas;
  readonly style: StripStyle;
}

type Told = Partial<Start> & {
  watches?: boolean;
  begins?: true;
  ends?: true;
  readInPage?: true;
};

let inWorker: number[] = [];
let inPage: number[] = [];
let turns = 0;
let isFiring = false;
let strip: Strip | undefined;
let isWatching = false;
let began = 0;
let turnsBefore = 0;
let alertAfter: number | undefined;

addEventListener('message', ({ data }: MessageEvent<Told>) => {
  if (data.port) void start(data as Start);
  else if (data.style) restyle(data.style);
  else if (data.watches !== undefined) watch(data.watches);
  else if (data.readInPage) inPage.push(performance.now());
  else if (data.begins) begin();
  else if (data.ends) postMessage({ findings: findings() });
});

async function start({ port, canvas, style }: Start): Promise<void> {
  strip = new Strip(canvas, style);
  const collector = TelemetryCollector.connect(port);
  take(await collector.getSnapshot());
  postMessage({ started: true });
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    if (isWatching) take(await collector.getSnapshot());
  }
}

function watch(watches: boolean): void {
  if (watches && !isWatching) requestAnimationFrame(draw);
  isWatching = watches;
}

function restyle(style: StripStyle): void {
  strip?.restyle(style);
  draw();
}

function take(snapshot: JsonSnapshot): void {
  inWorker.push(performance.now());
  turns = total(snapshot, TURNS);
  isFiring = total(snapshot, 'ALERTS', FIRING) > 0;
  if (isFiring && began > 0) alertAfter ??= (performance.now() - began) / 1000;
}

function draw(): void {
  const now = performance.now();
  const isShown = (time: number) => now - time < SHOWN;
  inWorker = inWorker.filter(isShown);
  inPage = inPage.filter(isShown);
  strip?.draw({ inWorker, inPage, turns, isFiring }, now);
  if (isWatching) requestAnimationFrame(draw);
}

function begin(): void {
  began = performance.now();
  turnsBefore = turns;
  alertAfter = undefined;
}

function findings(): Findings {
  const since = (times: readonly number[]) => times.filter((time) => time > began).length;
  const found = { readings: since(inWorker), turns: turns - turnsBefore, alertAfter };
  return { ...found, pageReadings: since(inPage) };
}
