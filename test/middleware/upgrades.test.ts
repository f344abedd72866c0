/** Requests for another protocol, made by a process that `instrumentProcess()` observes. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { receiver } from '../exporters/http-server.ts';
import { type SentSpan, spansIn, tracesIn } from '../opentelemetry/traces/sent-spans.ts';
import { startFile } from '../runtimes/program.ts';
import { node20, node24 } from '../runtimes/server-runtimes.ts';
import { attributesOf } from './traced.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = fileURLToPath(new URL('upgrade-program.mjs', import.meta.url));

const CASES = [node20, node24].flatMap((node) =>
  [false, true].map((isBeside) => ({ node, isBeside })),
);

describe.each(CASES)('in $node.name, beside OpenTelemetry: $isBeside', ({ node, isBeside }) => {
  it.skipIf(!node.present)(
    'hand their sockets over, and have a span without an error',
    async () => {
      const { url, received } = await receiver();
      const program = startFile(node, root, file, { url, isBeside });
      const results = await program.next<Record<string, unknown>>();
      expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
      expect(results).toMatchObject({
        undici: 'through undici',
        http: 'through http',
        status: 101,
        fetched: 'answer',
      });
      // Nothing tells of the answer to an upgrade that undici has asked for, so it is left alone.
      expect(results.counted).toEqual([
        ['101', '', 1],
        ['200', '', 1],
      ]);
      const spans = spansIn(tracesIn(received)).filter(({ kind }) => kind === 3);
      const pathOf = (span: SentSpan) => new URL(String(attributesOf(span)['url.full'])).pathname;
      const paths = spans.map(pathOf).filter((path) => path !== '/refused');
      expect(paths.sort()).toEqual(['/after', '/by-http']);
      for (const span of spans) {
        // OpenTelemetry's package has a span of an upgrade that failed.
        const isTheirs = isBeside && pathOf(span) === '/refused';
        expect([pathOf(span), span.status?.code]).toEqual([pathOf(span), isTheirs ? 2 : undefined]);
      }
    },
  );
});
