/** Tests an application that awaits something as the last thing it does. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LINKS } from '../collectors.ts';

const built = new URL('../../dist/node.js', import.meta.url).href;

/** Resolves to what a process that does nothing else has written when it has ended. */
async function output(link: string, script: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { PrometheusAdapter, TelemetryCollector } from ${JSON.stringify(built)};
     const link = ${JSON.stringify(link)};
     const logger = { warn() {}, error() {} };
     const collector = new TelemetryCollector({ link, logger, collectTimeout: 1 });
     ${script}
     await collector.shutdown();
     console.log('shut down');`,
  ]).catch((error) => error);
  return stdout;
}

describe.each(LINKS)('the process does not end, %s link', (link) => {
  it('before a flush that waits for a thread which does not hold it', async () => {
    const script = `
      TelemetryCollector.connect(collector.createPort(), {
        link: link === 'inline' ? 'shared' : link, logger
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      for (let i = 0; i < 3; i++) await collector.flush();`;
    expect(await output(link, script)).toBe('shut down\n');
  });

  it('before a flush that waits for a callback which never comes back', async () => {
    const script = `
      collector.registerGauge('g', '', { collect: () => new Promise(() => {}) });
      await collector.flush();`;
    expect(await output(link, script)).toBe('shut down\n');
  });

  it('between two attempts of an export', async () => {
    const script = `
      console.log(await new PrometheusAdapter('/dev/null/no/directory').exportMetrics(collector));`;
    expect(await output(link, script)).toBe('false\nshut down\n');
  });
});
