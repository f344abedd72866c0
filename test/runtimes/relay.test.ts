/** Runs the packed relay in every server runtime and at the edge. */
import { RemoteWriteExporter } from 'utilityfog-telemetry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCollector } from '../collectors.ts';
import { receiver } from '../exporters/http-server.ts';
import { parseText } from '../formats/text-parser.ts';
import { deltaExporter, FORMS } from '../relay/delta-exporter.ts';
import { startEdge } from './edge-place.ts';
import { runProgram } from './program.ts';
import { makeProject, type Project } from './project.ts';
import { node24, SERVER_RUNTIMES } from './server-runtimes.ts';

interface Printed {
  /** The exposition of what has added up. */
  readonly text: string;
  /** The status of the answer to a gzip bomb. */
  readonly bomb: number;
  readonly added: readonly string[];
}

let project: Project;

beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project?.remove());

const valueIn = (text: string, name: string) =>
  parseText(text).samples.find((sample) => sample.name === name)?.value;

describe('a relay', () => {
  for (const runtime of SERVER_RUNTIMES) {
    test.skipIf(!runtime.present)(`in ${runtime.name}`, { timeout: 120_000 }, async () => {
      const { text, bomb, added } = await runProgram<Printed>(runtime, project, 'relay');
      expect(valueIn(text, 'views_total')).toBe(9);
      expect(valueIn(text, 'took_seconds_count')).toBe(6);
      expect(valueIn(text, 'took_seconds_sum')).toBe(3);
      expect(bomb).toBe(413);
      expect(added).toEqual([]);
    });
  }

  describe.skipIf(!node24.present)('in workerd', () => {
    test.each([[[]], [['nodejs_compat']]])(
      'with the flags %j',
      { timeout: 120_000 },
      async (flags) => {
        const edge = await startEdge(project, flags, 'relay-edge');
        try {
          for (const form of FORMS) {
            const collector = makeCollector();
            const exporter = deltaExporter(form, { url: `${edge.url}add` });
            const views = collector.registerCounter('views_total');
            for (let i = 1; i <= 2; i++) {
              views.increment(i);
              expect(await exporter.exportMetrics(collector)).toBe(true);
            }
          }
          const text = await (await fetch(`${edge.url}metrics`)).text();
          expect(valueIn(text, 'views_total')).toBe(9);
          const { url, received } = await receiver();
          const exporter = new RemoteWriteExporter({ url: `${edge.url}send?to=${url}` });
          const collector = makeCollector();
          collector.registerCounter('a_total').increment();
          expect(await exporter.exportMetrics(collector)).toBe(true);
          expect(received[0].headers['content-encoding']).toBe('snappy');
          expect(received[0].body.length).toBeGreaterThan(50);
        } finally {
          await edge.close();
        }
      },
    );
  });
});
