/** Evaluates rules over samples in memory, at the times that a test says. */
import type { Transition } from '../../src/features/alerting/alert-states.ts';
import { Group, type GroupHost } from '../../src/features/alerting/group.ts';
import { ruleChecks } from '../../src/features/alerting/rule-checks.ts';
import { describeError, readRuleFile } from '../../src/features/alerting/rule-file.ts';
import { parseYaml } from '../../src/features/alerting/yaml/yaml.ts';
import type { AddedSample } from '../../src/features/history/history-part.ts';
import { createEngine } from '../../src/promql/engine.ts';
import { languageOf } from '../../src/promql/language.ts';
import { type MemorySeries, memorySource } from '../../src/promql/memory-source.ts';

/** What a rule has stored at a time: the labels and the value of each series. */
export interface Stored {
  readonly time: number;
  readonly samples: readonly { labels: Record<string, string>; value: AddedSample['value'] }[];
}

/** Makes a group of one rule file. @param rules the file has one group */
export function evaluatedGroup(
  rules: string | object,
  series: readonly MemorySeries[],
  host: Partial<GroupHost> & { lookback?: number } = {},
) {
  const { groups, errors } = readRuleFile(
    { file: 'rules.yml', rules },
    ruleChecks(languageOf({}), parseYaml),
  );
  if (errors[0]) throw new Error(describeError(errors[0]));
  const stored: Stored[] = [];
  const transitions: string[] = [];
  const group = new Group(groups[0]!, 60_000, {
    engine: createEngine(memorySource(series), { lookback: host.lookback }),
    ...{ language: languageOf({}), externalLabels: {}, externalUrl: '' },
    elapsed: () => 0,
    append(time, samples) {
      stored.push({ time, samples: samples.map(shown) });
    },
    changed(rule, all) {
      for (const one of all) transitions.push(described(rule.name, one));
    },
    ...host,
  });
  return { group, stored, transitions };
}

const shown = ({ labels, value }: AddedSample) => ({ labels: labels.toObject(), value });

function described(rule: string, { alert, to }: Transition): string {
  const { alertname: _, ...labels } = alert.labels.toObject();
  return `${rule}${JSON.stringify(labels)} ${to}`;
}
