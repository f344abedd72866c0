/** Tests traces in every server runtime, in programs that end by themselves. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startReceiver } from '../../backends/otlp-receiver.ts';
import { receiver } from '../../exporters/http-server.ts';
import { bunPath, denoPath, nodePath, otlpReceiverPath, requirePart } from '../../parts.ts';
import { startFile } from '../../runtimes/program.ts';
import { spansIn, tracesIn } from './sent-spans.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const program = fileURLToPath(new URL('traced-program.mjs', import.meta.url));
const node24 = nodePath('node24');

const RUNTIMES = [
  { name: 'Node 20', part: 'node20', path: nodePath('node20'), args: [] },
  { name: 'Node 26', part: 'node26', path: nodePath('node26'), args: [] },
  {
    name: 'Deno',
    part: 'deno',
    path: denoPath(),
    args: ['run', '-A', '--node-modules-dir=manual'],
  },
  { name: 'Bun', part: 'bun', path: bunPath(), args: [] },
] as const;

async function trace(command: string, args: readonly string[], about: object): Promise<string> {
  const started = startFile({ command, args: [...args] }, root, program, about);
  const { outerId } = await started.next<{ outerId: string }>();
  expect(await started.ended).toMatchObject({ code: 0, stderr: '' });
  return outerId;
}

for (const { name, part, path, args } of RUNTIMES) {
  describe.skipIf(!requirePart(part, path))(`in ${name}`, () => {
    it('sends all spans before the process ends, each with its parent', async () => {
      const { url, received } = await receiver();
      const outerId = await trace(path!, args, { url });
      const spans = spansIn(tracesIn(received));
      expect(spans.map((span) => span.name)).toEqual(['inner', 'outer']);
      expect(spans[0]).toMatchObject({ parentSpanId: outerId, traceId: spans[1]!.traceId });
    });
  });
}

const hasReceiver =
  requirePart('node24', node24) && requirePart('otlpReceiver', otlpReceiverPath());
it.skipIf(!hasReceiver)('sends what a running receiver of OTLP takes', async () => {
  const devtools = await startReceiver();
  onTestFinished(() => devtools.stop());
  const outerId = await trace(node24!, [], { url: devtools.url, compression: 'none' });
  const query = async () => {
    const body = JSON.stringify({ limit: 10 });
    const headers = { 'content-type': 'application/json' };
    const url = new URL('/api/query/traces', devtools.url);
    return (await fetch(url, { method: 'POST', headers, body })).text();
  };
  await expect.poll(query).toContain(outerId);
  const found = await query();
  for (const name of ['inner', 'outer']) expect(found).toContain(`"name":"${name}"`);
});
