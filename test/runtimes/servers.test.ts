/** Runs the conformance suite on the packed package in every server runtime and at the edge. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Edge, startEdge, workerdVersion } from './edge-place.ts';
import { runProgram } from './program.ts';
import { makeProject, type Project } from './project.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type Conformance, keepResult, type Measured } from './results.ts';
import { compareWithCommitted, printedTable } from './runtimes-table.ts';
import { SERVER_PLACES, type ServerPlace } from './server-places.ts';
import { node24 } from './server-runtimes.ts';

let project: Project;
let receiver: Receiver;
let directory: string;
const results: Measured[] = [];

beforeAll(async () => {
  receiver = await startReceiver();
  project = await makeProject();
});
afterAll(async () => {
  await project?.remove();
  await receiver?.close();
  console.log(printedTable(results));
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'telemetry-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function offers({ runtime, expected, files, listens, threads }: ServerPlace) {
  const { name } = runtime;
  // A place that may listen may also make requests.
  const place = {
    ...{ name, expected, listens, threads, followsAsync: true },
    ...(listens && { receiver: receiver.url }),
  };
  return files ? { ...place, persist: { directory }, destination: `${directory}/` } : place;
}

describe('conformance', () => {
  for (const place of SERVER_PLACES) {
    const { runtime, expected } = place;
    test.skipIf(!runtime.present)(runtime.name, { timeout: 300_000 }, async () => {
      const result = await runProgram<Measured>(runtime, project, 'conformance', offers(place));
      results.push(result);
      await keepResult(result, expected);
    });
  }
});

const EDGES = [
  { name: 'workerd', flags: [] },
  { name: 'workerd, `nodejs_compat`', flags: ['nodejs_compat'] },
];
for (const { name, flags } of EDGES) {
  describe.skipIf(!node24.present)(name, () => {
    let edge: Edge;
    beforeAll(async () => {
      edge = await startEdge(project, flags);
    });
    afterAll(() => edge?.close());

    const ask = async (path: string, init?: RequestInit) => {
      const response = await fetch(`${edge.url}${path}`, init);
      const body = await response.text();
      expect(`${response.status} ${response.status === 200 ? '' : body}`).toBe('200 ');
      return { response, body };
    };

    test('conformance', async () => {
      const expected = {
        link: 'inline',
        storage: 'none',
        runtime: 'edge',
        remedy: 'persist.storage',
      };
      const { body } = await ask('conform', {
        method: 'POST',
        body: JSON.stringify({
          ...{ name, expected, receiver: receiver.url },
          followsAsync: flags.includes('nodejs_compat'),
        }),
      });
      const result = { ...(JSON.parse(body) as Conformance), version: workerdVersion };
      results.push(result);
      await keepResult(result, expected);
    });

    test('a run that was asked for too early can be asked for again', async () => {
      const { body } = await ask('early');
      expect(JSON.parse(body)).toEqual({ refused: true, running: true, runs: 1 });
    });

    test('one collector serves all requests, from the loading of the module on', async () => {
      await ask('jobs');
      await Promise.all(Array.from({ length: 5 }, () => ask('jobs')));
      const { response, body } = await ask('metrics');
      // fetch() has decompressed it once. If it was compressed twice, it could not be read.
      expect(response.headers.get('content-encoding')).toBe('gzip');
      expect(body).toContain('requests_total{service_instance_id="mine",path="/jobs"} 6\n');
      expect(body).toContain('telemetry_events_total{service_instance_id="mine"} 7\n');
      expect(body).not.toMatch(/^telemetry_errors_total\{/m);
      const events = JSON.parse((await ask('events')).body) as { name: string }[];
      expect(events.map((event) => event.name)).toEqual(['loading', ...Array(6).fill('request')]);
    });
  });
}

test('the table in docs/runtimes.md says the same (node scripts/runtimes-table.mjs)', async () => {
  const { committed, measured } = await compareWithCommitted(results);
  expect(committed).toEqual(measured);
});
