/** Tests the features of the examples, which use only what is public. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Feature } from 'utilityfog-telemetry';
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errors, LINKS, makeCollector } from '../collectors.ts';
import { bodyOf } from '../request-body.ts';

const examples = new URL('../../examples/features/', import.meta.url);
type Push = (options: { url: string; interval?: number }) => Feature;
const { push } = (await import(new URL('push/feature.js', examples).href)) as { push: Push };

interface Pushed {
  readonly metrics: readonly { readonly name: string; readonly values: readonly number[] }[];
}

/** Starts a server that accepts what is pushed, or answers with another status. */
async function receiver(status = 200) {
  const bodies: Pushed[] = [];
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (!body) return;
    bodies.push(JSON.parse(body.toString()));
    response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, bodies };
}

const jobsIn = ({ metrics }: Pushed) => metrics.find(({ name }) => name === 'jobs_total')?.values;

describe('push', () => {
  it.each(LINKS)('sends all series with a flush, %s link', async (link) => {
    const { url, bodies } = await receiver();
    const collector = makeCollector({ link, use: [push({ url })] });
    collector.registerCounter('jobs_total').increment(7);
    expect((await collector.flush()).failures).toEqual([]);
    expect(bodies.map(jobsIn)).toEqual([[7]]);
    expect((await collector.diagnostics()).failed).toEqual([]);
  });

  it('sends all series at the edge, where there is no storage', async () => {
    const { url, bodies } = await receiver();
    const collector = new EdgeCollector({ use: [push({ url })] });
    collector.registerCounter('jobs_total').increment(7);
    expect((await collector.flush()).failures).toEqual([]);
    await collector.shutdown();
    expect(jobsIn(bodies[0]!)).toEqual([7]);
  });

  it('gives up on a server that does not answer', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { failures } = await makeCollector({ use: [push({ url })] }).flush();
    const reason = `Error: ${url} did not answer within 5 seconds`;
    expect(failures).toEqual([`the feature push: ${reason}`]);
  });

  it('tells of a server that refuses', async () => {
    const { url } = await receiver(503);
    const collector = makeCollector({ use: [push({ url })] });
    const { failures } = await collector.flush();
    expect(failures).toEqual([`the feature push: Error: ${url} answered 503`]);
    expect(await errors(collector, 'feature')).toBe(1);
  });
});

it('the program of the example prints what it found and pushed', async () => {
  const file = fileURLToPath(new URL('main.mjs', examples));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 100_000 });
  expect(stdout).toBe(
    'busiest   jobs_total{kind="large"}\npushed    2 series of jobs_total\nlink      shared\n',
  );
});
