/** The spans of `instrumentProcess()` beside those of OpenTelemetry's instrumentation-http and -undici. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { receiver } from '../exporters/http-server.ts';
import { type SentSpan, spansIn, tracesIn } from '../opentelemetry/traces/sent-spans.ts';
import { startFile } from '../runtimes/program.ts';
import { node20, node24 } from '../runtimes/server-runtimes.ts';
import { attributesOf } from './traced.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = fileURLToPath(new URL('otel-program.mjs', import.meta.url));

async function spansBy(node: typeof node20, observers: readonly string[]) {
  const { url, received } = await receiver();
  const program = startFile(node, root, file, { url, observers });
  const counts = await program.next<{ server: number; client: number }>();
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
  const spans = spansIn(tracesIn(received));
  const ofKind = (kind: number) => spans.filter((span) => span.kind === kind);
  return { counts, servers: ofKind(2), clients: ofKind(3) };
}

/** docs/compatibility.md says why. */
const ONLY_THEIRS = {
  server: ['network.peer.address', 'network.peer.port', 'client.address'],
  http: [
    'network.peer.address',
    'network.peer.port',
    'network.protocol.version',
    'user_agent.original',
  ],
  undici: [
    'http.request.method_original',
    'http.response.header.content-length',
    'network.peer.address',
    'network.peer.port',
    'url.path',
    'url.query',
    'url.scheme',
    'user_agent.original',
  ],
};
/** Ports differ from run to run. */
const VARY = ['server.port', 'url.full'];

/** Compares what both say, and returns the names of what only one of them does. */
function compared(ours: SentSpan, theirs: SentSpan): { ours: string[]; theirs: string[] } {
  const [one, other] = [attributesOf(ours), attributesOf(theirs)];
  for (const [name, value] of Object.entries(one)) {
    if (name in other && !VARY.includes(name)) expect([name, value]).toEqual([name, other[name]]);
  }
  expect(ours.status).toEqual(theirs.status);
  const onlyIn = (some: object, others: object) =>
    Object.keys(some).filter((name) => !(name in others));
  return { ours: onlyIn(one, other), theirs: onlyIn(other, one).sort() };
}

describe.skipIf(!node20.present || !node24.present)('the same requests', () => {
  it('have the same attributes', async () => {
    const ours = await spansBy(node24, ['ours']);
    const theirs = await spansBy(node24, ['theirs']);
    const pairs = (mine: readonly SentSpan[], others: readonly SentSpan[]) =>
      mine.map((span, at) => compared(span, others[at]!));
    const type = ['error.type'];
    const { server, http, undici } = ONLY_THEIRS;
    expect(pairs(ours.servers, theirs.servers)).toEqual(
      [[], [], type, [], []].map((mine) => ({ ours: mine, theirs: [...server].sort() })),
    );
    expect(pairs(ours.clients, theirs.clients)).toEqual([
      { ours: [], theirs: http },
      { ours: type, theirs: http },
      { ours: type, theirs: http },
      { ours: [], theirs: undici },
      { ours: type, theirs: undici },
    ]);
    const names = ['GET', 'POST', 'HTTP', 'GET', 'GET'];
    expect(ours.servers.map(({ name }) => name)).toEqual(names);
    expect(ours.clients.map(({ name }) => name)).toEqual(names);
  });

  it.each([node20, node24])('have one span if both observe them, in $name', async (node) => {
    const { counts, servers, clients } = await spansBy(node, ['theirs', 'ours']);
    expect(counts).toEqual({ server: 5, client: 5 });
    expect(servers).toHaveLength(5);
    expect(clients).toHaveLength(5);
    const parents = servers.map(({ parentSpanId }) => parentSpanId).sort();
    expect(parents).toEqual(clients.map(({ spanId }) => spanId).sort());
  });
});
