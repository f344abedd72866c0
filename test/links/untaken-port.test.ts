/** Tests how long a thread waits for the collector that its port leads to, as its calls show. */
import { TelemetryCollector } from 'utilityfog-telemetry';
import { afterEach, expect, it, vi } from 'vitest';
import { PING_INTERVAL } from '../../src/links/watchdog.ts';

/** This comes before the package is loaded, since it keeps the clocks that it finds. */
const clock = vi.hoisted(() => {
  const pings: (() => void)[] = [];
  const clock = { pings, ahead: 0 };
  const start = globalThis.setInterval;
  const read = performance.now.bind(performance);
  const catching = (run: () => void, delay: number) => {
    if (delay === 10_000) pings.push(run);
    return start(run, delay);
  };
  globalThis.setInterval = catching as typeof setInterval;
  performance.now = () => read() + clock.ahead * 1000;
  return clock;
});

const ports: MessagePort[] = [];
const logger = { warn() {}, error() {} };

afterEach(() => {
  clock.pings.length = 0;
  for (const port of ports.splice(0)) port.close();
});

/** A thread whose port has arrived. The other end is a collector that cannot be reached. */
async function joined(greeting?: unknown) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1);
  if (greeting) port1.postMessage(greeting);
  const thread = TelemetryCollector.connect(port2, { link: 'message', logger });
  let outcome: boolean | undefined;
  const flushed = thread.flush().then(({ collected }) => {
    outcome = collected;
  });
  await expect.poll(() => clock.pings.length).toBeGreaterThan(0);
  await turn();
  const pass = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += PING_INTERVAL) {
      clock.ahead += PING_INTERVAL;
      for (const ping of clock.pings) ping();
      await turn();
    }
    return outcome;
  };
  return { pass, flushed, outcome: () => outcome };
}

/** Resolves after the messages that are on their way in the port. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

it('is over after 30 seconds where no collector has made the port', async () => {
  const { pass, flushed, outcome } = await joined();
  expect(await pass(30)).toBeUndefined();
  await pass(10);
  await flushed;
  expect(outcome()).toBe(false);
});

it('lasts for 600 seconds where one has, which may not be able to hand it over yet', async () => {
  const owner = new TelemetryCollector({ link: 'inline', logger });
  const greeting = await greetingOf(owner);
  const { pass, flushed, outcome } = await joined(greeting);
  expect(await pass(590)).toBeUndefined();
  await pass(20);
  await flushed;
  expect(outcome()).toBe(false);
  await owner.shutdown();
});

/** A port says this before the thread that has made it can do anything else. */
async function greetingOf(owner: TelemetryCollector): Promise<unknown> {
  const port = owner.createPort() as MessagePort;
  ports.push(port);
  return new Promise((resolve) => {
    port.onmessage = ({ data }) => resolve(data);
  });
}
