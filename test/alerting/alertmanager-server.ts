/** Starts a real Alertmanager. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeFolder } from '../folder.ts';
import { freePort } from '../free-port.ts';
import { alertmanagerPath } from '../parts.ts';

/** An alert as an Alertmanager shows it. */
export interface ShownAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
  readonly status: { readonly state: string };
}

export interface Alertmanager {
  readonly url: string;
  /** Resolves to the alerts that fire. */
  firing(): Promise<ShownAlert[]>;
  stop(): Promise<void>;
  /** Starts it again where it was. It knows what it knew. */
  start(): Promise<void>;
}

/** @param webhook where it sends notifications; nowhere unless given */
export async function startAlertmanager(webhook?: string): Promise<Alertmanager> {
  const folder = await makeFolder();
  const file = join(folder, 'alertmanager.yml');
  await writeFile(file, configuration(webhook));
  // It must have the same address after a restart.
  const port = await freePort();
  let server: { end(): Promise<void> } | undefined;
  const start = async () => {
    server = await started([
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ]);
  };
  const stop = async () => {
    await server?.end();
    server = undefined;
  };
  onTestFinished(stop);
  await start();
  const url = `http://127.0.0.1:${port}`;
  const firing = async () => (await fetch(`${url}/api/v2/alerts`)).json() as Promise<ShownAlert[]>;
  return { url, firing, start, stop };
}

function configuration(webhook: string | undefined): string {
  const hook = webhook ? `, webhook_configs: [{url: '${webhook}', send_resolved: true}]` : '';
  return `route: {receiver: all, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers: [{name: all${hook}}]
`;
}

async function started(options: readonly string[]): Promise<{ end(): Promise<void> }> {
  const server: ChildProcess = spawn(alertmanagerPath()!, options);
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let log = '';
    server.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('msg="Listening on"')) resolve();
    });
    server.once('error', reject);
    void ended.then(() => reject(new Error(`the Alertmanager has ended:\n${log}`)));
  });
  return {
    async end() {
      server.kill('SIGTERM');
      await ended;
    },
  };
}
