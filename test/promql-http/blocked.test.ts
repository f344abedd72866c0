/** Tests that queries are answered while the thread of the application stands still. */
import { Worker } from 'node:worker_threads';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { expect, it, onTestFinished } from 'vitest';
import { makeCollector } from '../collectors.ts';

/** Asks from a thread of its own, since this one is blocked. */
const ASKING = `
const { workerData: { url, told, length, text } } = require('node:worker_threads');
fetch(url)
  .then((response) => response.text(), String)
  .then((answer) => {
    length[0] = new TextEncoder().encodeInto(answer, text).written;
    Atomics.store(told, 0, 1);
    Atomics.notify(told, 0);
  });
`;

it.each(['shared', 'message'] as const)('the listener answers, %s link', async (link) => {
  const collector = makeCollector({ link, use: [history(), promql()], collectionInterval: 3600 });
  collector.registerCounter('jobs_total').increment(3);
  await collector.startCollection();
  const { url } = await collector.serve({ port: 0, api: true });
  await expect
    .poll(async () => ((await collector.query('jobs_total')).result as unknown[]).length)
    .toBe(1);
  const [told, length] = [4, 4].map((bytes) => new Int32Array(new SharedArrayBuffer(bytes)));
  const text = new Uint8Array(new SharedArrayBuffer(65_536));
  const target = new URL('/api/v1/query?query=jobs_total', url).href;
  const worker = new Worker(ASKING, {
    eval: true,
    workerData: { url: target, told, length, text },
  });
  onTestFinished(() => void worker.terminate());
  // From here on this thread does nothing else.
  expect(Atomics.wait(told!, 0, 0, 60_000)).not.toBe('timed-out');
  const answer = new TextDecoder().decode(text.slice(0, length![0]));
  expect(JSON.parse(answer)).toMatchObject({
    status: 'success',
    data: { resultType: 'vector', result: [{ value: [expect.any(Number), '3'] }] },
  });
});
