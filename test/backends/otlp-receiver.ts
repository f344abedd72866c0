import { spawn } from 'node:child_process';
import { nodePath, otlpReceiverPath } from '../parts.ts';

/** A series as the receiver knows it. */
export interface ReceivedSeries {
  readonly attributes?: Record<string, unknown>;
  readonly points: readonly Record<string, unknown>[];
}

export interface OtlpReceiver {
  readonly url: string;
  /** Resolves to the series of a metric. */
  series(name: string): Promise<readonly ReceivedSeries[]>;
  stop(): Promise<void>;
}

/** Starts a receiver that is somebody else's. It needs Node 24. */
export async function startReceiver(): Promise<OtlpReceiver> {
  const args = ['--port', '0', '--grpc-port', '0', '--host', '127.0.0.1'];
  const server = spawn(nodePath('node24')!, [otlpReceiverPath()!, ...args]);
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let log = '';
    const read = (text: string) => {
      log += text;
      const found = /UI: +(http:\/\/127\.0\.0\.1:\d+)/.exec(log);
      if (found) resolve(found[1]);
    };
    server.stdout.setEncoding('utf8').on('data', read);
    server.stderr.setEncoding('utf8').on('data', read);
    server.once('error', reject);
    void ended.then(() => reject(new Error(`the receiver has ended:\n${log}`)));
  });
  return {
    url,
    async series(name) {
      const answer = await fetch(`${url}/api/query/metrics`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, window: 0 }),
      });
      const { series } = (await answer.json()) as { series: ReceivedSeries[] };
      return series;
    },
    async stop() {
      server.kill('SIGTERM');
      await ended;
    },
  };
}
