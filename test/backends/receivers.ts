/** Starts real servers that take what is sent by remote write, other than Prometheus. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeFolder } from '../folder.ts';
import { freePort } from '../free-port.ts';
import { influxdbPath, victoriaMetricsPath } from '../parts.ts';
import { waitUntil } from './prometheus-server.ts';

/** Resolves to the URL of a new VictoriaMetrics. */
export const startVictoriaMetrics = async (): Promise<string> =>
  (await startMortalVictoriaMetrics()).url;

/** Starts a VictoriaMetrics that can be killed, and started again with what it has stored. */
export async function startMortalVictoriaMetrics() {
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const options = [
    `-storageDataPath=${await makeFolder()}`,
    `-httpListenAddr=${address}`,
    '-retentionPeriod=100y',
    '-search.latencyOffset=0s',
  ];
  const begin = async () => {
    server = start(victoriaMetricsPath()!, options);
    await answers(`${url}/health`);
  };
  let server: ChildProcess | undefined;
  await begin();
  return {
    url,
    /** Resolves when it is gone. */
    async kill() {
      const ended = once(server!, 'exit');
      server!.kill('SIGKILL');
      await ended;
    },
    begin,
  };
}

/** Evaluates an expression in a VictoriaMetrics, which sees all that it has taken. */
export async function queryVictoriaMetrics(url: string, expr: string) {
  await fetch(`${url}/internal/force_flush`);
  // Its instant queries ask for whole seconds, and the samples may be later than the current one.
  const time = String(Date.now() / 1000 + 2);
  const query = new URLSearchParams({ query: expr, time });
  const answer = await fetch(`${url}/api/v1/query?${query}`);
  const { data } = (await answer.json()) as {
    data: { result: { metric: Readonly<Record<string, string>>; value: [number, string] }[] };
  };
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** Resolves to the URL of a new vmagent, which passes on to a VictoriaMetrics what it takes. */
export async function startVmagent(to: string): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  start(join(dirname(victoriaMetricsPath()!), 'vmagent'), [
    `-remoteWrite.url=${to}/api/v1/write`,
    `-remoteWrite.tmpDataPath=${await makeFolder()}`,
    `-httpListenAddr=${address}`,
  ]);
  await answers(`http://${address}/health`);
  return `http://${address}`;
}

/** Evaluates the rules of a file once a second, and writes what they give to a VictoriaMetrics. */
export function startVmalert(rules: string, url: string): void {
  start(join(dirname(victoriaMetricsPath()!), 'vmalert'), [
    `-rule=${rules}`,
    `-datasource.url=${url}`,
    `-remoteWrite.url=${url}`,
    '-remoteWrite.flushInterval=1s',
    '-evaluationInterval=1s',
    '-notifier.url=http://127.0.0.1:9',
    '-httpListenAddr=127.0.0.1:0',
  ]);
}

/** Resolves to the URL of a new InfluxDB, which has the database `x`. */
export async function startInfluxdb(): Promise<string> {
  const folder = await makeFolder();
  const url = `http://127.0.0.1:${await freePort()}`;
  const file = join(folder, 'influxdb.conf');
  const text = `reporting-disabled = true
bind-address = "127.0.0.1:${await freePort()}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
[monitor]
  store-enabled = false
[http]
  bind-address = "${url.slice('http://'.length)}"
  log-enabled = false
`;
  await writeFile(file, text);
  start(influxdbPath()!, ['-config', file]);
  await answers(`${url}/ping`);
  await fetch(`${url}/query?q=CREATE+DATABASE+x`, { method: 'POST' });
  return url;
}

function start(path: string, options: string[]): ChildProcess {
  const server = spawn(path, options, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  onTestFinished(async () => {
    server.kill('SIGTERM');
    await ended;
  });
  return server;
}

async function answers(url: string): Promise<void> {
  await waitUntil(`${url} answers`, 90, async () => {
    try {
      return (await fetch(url)).ok;
    } catch {
      return false;
    }
  });
}
