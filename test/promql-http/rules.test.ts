/** Lets a real Prometheus and `alerting()` evaluate the same rules, and compares what their HTTP APIs say of them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alerting } from 'utilityfog-telemetry/alerting';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPrometheus } from '../backends/prometheus-server.ts';
import { makeCollector } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { prometheusPath, requirePart } from '../parts.ts';

const RULES = `groups:
- name: one
  rules:
  - alert: Always
    expr: vector(1.5) > 1
    labels: {severity: page, v: '{{ $value }}'}
    annotations: {summary: 'value {{ $value }}'}
  - alert: Pending
    expr: vector(1)
    for: 1h
    keep_firing_for: 5m
  - alert: Never
    expr: vector(1)>2
  - record: a:b
    expr: sum   by(job)(none)
    labels: {x: "y"}
- name: two
  interval: 2s
  limit: 5
  rules:
  - alert: Bad
    expr: label_replace(vector(1), "a", "b", "c", "[")
`;

interface Rules {
  readonly data: { readonly groups: readonly { readonly rules: readonly { health: string }[] }[] };
}

/**
 * Leaves out what differs from one evaluation to the next, but says whether it has the same form. Leaves out groups
 * without rules, too, which Prometheus shows up to 2.x.
 */
function lasting(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (key, value) => {
    if (key === 'groups') return value.filter(({ rules }: { rules: [] }) => rules.length > 0);
    if (!/^(lastEvaluation|evaluationTime|activeAt)$/.test(key)) return value;
    return typeof value === 'string' ? /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) : typeof value;
  });
}

describe.skipIf(!requirePart('prometheus', prometheusPath()))('rules and alerts', () => {
  it('are shown as Prometheus shows them', async () => {
    const file = join(await makeFolder(), 'rules.yml');
    await writeFile(file, RULES);
    const prometheus = await startPrometheus({ targets: [], rules: file });
    onTestFinished(() => prometheus.stop());
    const rules = alerting({ rules: { file, text: RULES }, interval: 1 });
    const collector = makeCollector({ use: [history(), promql(), rules], collectionInterval: 1 });
    await collector.startCollection();
    const { url } = await collector.serve({ port: 0, api: true });
    const get = async (server: string, path: string) =>
      (await fetch(new URL(`/api/v1/${path}`, server))).json();
    for (const server of [prometheus.url, url]) {
      const areEvaluated = async () => {
        const { data } = (await get(server, 'rules')) as Rules;
        const all = data.groups.flatMap((group) => group.rules);
        return all.length === 5 && all.every(({ health }) => health !== 'unknown');
      };
      await expect.poll(areEvaluated).toBe(true);
    }
    for (const path of ['rules', 'alerts', 'rules?type=alert', 'rules?type=record']) {
      expect(lasting(await get(url, path)), path).toEqual(lasting(await get(prometheus.url, path)));
    }
  });
});
