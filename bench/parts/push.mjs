/**
 * Measures what it costs to push many series to an engine, beside the clients that do the same. Each has
 * processes of its own, since exporters remember what they have written.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { checkHeld } from '../harness/check.mjs';
import { countPushed, startPushReceiver } from '../harness/push-receiver.mjs';
import { ratio, summarise } from '../harness/statistics.mjs';
import { cell, ratioCell, table } from '../harness/table.mjs';
import { atMost } from '../harness/verdict.mjs';
import { MANY } from '../inputs.mjs';
import { inFreshProcesses } from './many-series.mjs';

const OURS = { title: 'utilityfog-telemetry', module: 'contenders/ours.mjs' };
const OTEL = { title: 'OpenTelemetry', module: 'contenders/opentelemetry.mjs' };
const REMOTE = {
  title: 'prometheus-remote-write',
  module: 'contenders/prometheus-remote-write.mjs',
};

const KINDS = [
  { kind: 'otlp', title: 'OTLP', path: '/v1/metrics', peer: OTEL },
  { kind: 'otlp-gzip', title: 'OTLP with gzip', path: '/v1/metrics', peer: OTEL },
  { kind: 'remote-write', title: 'remote write', path: '/write', peer: REMOTE },
];

/** How many pushes come before those that count. */
const WARM_UPS = 4;

const ROWS = [
  { key: 'cpu', title: 'CPU of all threads (ms)' },
  { key: 'blocked', title: 'main thread blocked, at the longest (ms)' },
  { key: 'answered', title: 'time until it has arrived (ms)' },
  { key: 'bytes', title: 'bytes on the wire (MB)' },
];

/** @param {import('../harness/child-process.mjs').Child} child */
async function measure(child, { kind, path }, receiver) {
  await child.ask('create');
  await child.ask('settle');
  await pause(500);
  await child.ask('openPusher', { kind, url: receiver.url + path });
  for (let i = 0; i < WARM_UPS; i++) await child.ask('pushOnce', { watched: false });
  receiver.taken();
  const { main, others, answered } = await child.ask('pushOnce', { watched: false });
  const bodies = receiver.taken();
  checkHeld(countPushed(bodies, kind, MANY), await child.ask('expected'));
  const { blocked } = await child.ask('pushOnce', { watched: true });
  const bytes = bodies.reduce((sum, { body }) => sum + body.length, 0) / 1e6;
  return { cpu: main + others, blocked, answered, bytes };
}

/**
 * @param {object} _options
 * @param {{ series: number, rounds: number }} plan
 * @param {(line: string) => void} progress
 */
export async function push(_options, plan, progress) {
  const receiver = await startPushReceiver();
  const contenders = KINDS.flatMap(({ peer, ...kind }) =>
    [OURS, peer].map((client) => ({ ...kind, ...client, id: `${kind.kind} ${client.title}` })),
  );
  const results = await inFreshProcesses(
    contenders,
    plan,
    (child, contender) => measure(child, contender, receiver),
    progress,
  ).finally(() => receiver.close());
  const values = (kind, { title }, key) => results[`${kind} ${title}`].map((round) => round[key]);
  const toPeer = ({ kind, peer }, key) => ratio(values(kind, OURS, key), values(kind, peer, key));
  const lines = KINDS.flatMap((one) =>
    ROWS.map(({ key, title }) => [
      `${one.title}: ${title}`,
      cell(summarise(values(one.kind, OURS, key))),
      `${cell(summarise(values(one.kind, one.peer, key)))} (${one.peer.title})`,
      ratioCell(toPeer(one, key)),
    ]),
  );
  const head = [
    `a push of ${plan.series.toLocaleString('en')} series`,
    OURS.title,
    'another client',
    'ours / theirs',
  ];
  return {
    rows: KINDS.map((one) => ({
      kind: one.kind,
      of: Object.fromEntries(
        [OURS, one.peer].map((client) => [
          client.title,
          Object.fromEntries(
            ROWS.map(({ key }) => [key, summarise(values(one.kind, client, key))]),
          ),
        ]),
      ),
    })),
    text: table(head, lines),
    figures: KINDS.flatMap((one) => [
      atMost(`CPU of a push, ${one.title} / ${one.peer.title}`, toPeer(one, 'cpu'), 0.25, 'x'),
      atMost(`bytes, ${one.title} / ${one.peer.title}`, toPeer(one, 'bytes'), 1, 'x'),
      atMost(
        `main thread blocked, ${one.title}`,
        summarise(values(one.kind, OURS, 'blocked')),
        1,
        ' ms',
      ),
    ]),
  };
}
