/** Starts a real Prometheus server that scrapes what a test gives it, or takes what a test sends. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { prometheusPath, promtoolPath } from '../parts.ts';

export interface PrometheusOptions {
  /** The `host:port` of each target, which is scraped at /metrics. */
  readonly targets: readonly string[];
  /** The scrape interval, written as in prometheus.yml. */
  readonly scrapeInterval?: string;
  /** What is switched on with `--enable-feature`. */
  readonly features?: readonly string[];
  /** Whether it takes what is sent by remote write, at /api/v1/write. */
  readonly isReceiver?: boolean;
  /** The path of a file with rules. They are evaluated as often as targets are scraped. */
  readonly rules?: string;
  /** What it has stored already, in OpenMetrics with times. */
  readonly stored?: string;
  /** More lines for the one scrape configuration, e.g. `authorization`, indented by four. */
  readonly scrapeConfig?: string;
  /** A whole configuration in place of what the options above make. */
  readonly config?: string;
}

/** One element of an instant vector. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The exemplars of one series. */
export interface SeriesExemplars {
  readonly labels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    /** Seconds since 1970. */
    readonly timestamp: number;
  }[];
}

export interface PrometheusServer {
  readonly url: string;
  /** Evaluates a PromQL expression now. */
  query(expr: string): Promise<Sample[]>;
  /** Resolves to the exemplars of the last hour, of each series that has any. */
  exemplars(selector: string): Promise<SeriesExemplars[]>;
  /** Resolves once the server holds `n` more successful scrapes of the target than now. */
  waitForScrapes(target: string, n: number, deadlineSeconds?: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusServer> {
  const path = prometheusPath();
  if (!path) throw new Error('prometheus is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  await writeFile(join(folder, 'prometheus.yml'), options.config ?? configuration(options));
  if (options.stored !== undefined) await store(options.stored, folder);
  const server = spawn(path, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
    '--log.level=info',
    ...(options.isReceiver ? ['--web.enable-remote-write-receiver'] : []),
    ...(options.features ? [`--enable-feature=${options.features.join(',')}`] : []),
  ]);
  const stop = async () => {
    await end(server);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = `http://${await listenAddress(server)}`;
    await waitUntil('prometheus is ready', 90, async () => (await fetch(`${url}/-/ready`)).ok);
    return {
      url,
      query: (expr) => query(url, expr),
      exemplars: (selector) => exemplars(url, selector),
      waitForScrapes: waiter(url),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Writes what a server is to have stored into the folder of its data. */
async function store(text: string, folder: string): Promise<void> {
  const path = promtoolPath();
  if (!path) throw new Error('promtool is not installed');
  const file = join(folder, 'stored.txt');
  await writeFile(file, text);
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', file, join(folder, 'data')];
  await promisify(execFile)(path, args);
}

const configuration = (options: PrometheusOptions) => {
  const { targets, rules, scrapeInterval = '1s', scrapeConfig = '' } = options;
  return `global:
  scrape_interval: ${scrapeInterval}
  scrape_timeout: ${scrapeInterval}
  evaluation_interval: ${scrapeInterval}
${rules ? `rule_files: [${JSON.stringify(rules)}]\n` : ''}scrape_configs:
  - job_name: test
    static_configs:
      - targets: ${JSON.stringify(targets)}
${scrapeConfig}`;
};

/** Prometheus picks a free port itself and logs it, so nobody can take the port in between. */
function listenAddress(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const found = /msg="Listening on".*?address=(\S+)/.exec(log);
      if (found) resolve(found[1]);
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`prometheus ended with ${code}:\n${log}`)));
  });
}

async function query(url: string, expr: string): Promise<Sample[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`);
  const answer = (await response.json()) as {
    status: string;
    error?: string;
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (answer.status !== 'success') throw new Error(`${expr}: ${answer.error}`);
  return answer.data.result.map(({ metric, value }) => ({
    labels: metric,
    value: Number(value[1].replace('Inf', 'Infinity')),
  }));
}

async function exemplars(url: string, selector: string): Promise<SeriesExemplars[]> {
  const now = Date.now() / 1000;
  const span = `start=${now - 3600}&end=${now + 3600}`;
  const query = `query=${encodeURIComponent(selector)}`;
  const response = await fetch(`${url}/api/v1/query_exemplars?${query}&${span}`);
  const { status, data } = (await response.json()) as {
    status: string;
    data: {
      seriesLabels: Record<string, string>;
      exemplars: { labels: Record<string, string>; value: string; timestamp: number }[];
    }[];
  };
  if (status !== 'success') throw new Error(`${selector}: ${status}`);
  return data.map(({ seriesLabels, exemplars }) => ({
    labels: seriesLabels,
    exemplars: exemplars.map((one) => ({ ...one, value: Number(one.value) })),
  }));
}

const waiter = (url: string) => {
  const scrapes = async (target: string) => {
    const [sample] = await query(url, `sum_over_time(up{instance="${target}"}[1h])`);
    return sample?.value ?? 0;
  };
  return async (target: string, n: number, deadlineSeconds = 90) => {
    const goal = (await scrapes(target)) + n;
    const what = `${n} more scrapes of ${target}`;
    await waitUntil(what, deadlineSeconds, async () => (await scrapes(target)) >= goal);
  };
};

/** Waits by asking again and again: an HTTP API tells nobody when something changes. */
export async function waitUntil(
  what: string,
  deadlineSeconds: number,
  check: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + deadlineSeconds * 1000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`after ${deadlineSeconds} s still not: ${what}`);
    await delay(50);
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
}
