import type { Rule, Rules } from '../../../options.ts';
import type { TelemetryCollector } from '../../../telemetry-collector.ts';
import type { Scope } from '../scope.ts';
import type { AggregationOption, InstrumentType, ViewOptions } from './view-options.ts';

/** What a view is for: an instrument of a meter. */
export interface Selected {
  readonly type: InstrumentType;
  readonly name: string;
  readonly unit: string;
  readonly scope: Scope;
}

const SELECTORS = [
  'instrumentName',
  'instrumentType',
  'instrumentUnit',
  'meterName',
  'meterVersion',
  'meterSchemaUrl',
] as const;
/** Returns what a view may be. */
function viewRules(): Readonly<Record<string, Rule>> {
  const text: Rule = [(value) => typeof value === 'string', 'a text'];
  return {
    ...Object.fromEntries([...SELECTORS, 'name', 'description'].map((name) => [name, text])),
    aggregation: [(value) => (value as AggregationOption).type <= 5, '{ type: AggregationType }'],
    attributesProcessors: [Array.isArray, 'a list'],
    aggregationCardinalityLimit: [(value) => (value as number) > 0, 'a number above 0'],
  };
}

/** @throws TelemetryError `invalid_option` if the view is not sound, or does not say what it is for */
export function checkedView(
  collector: TelemetryCollector,
  what: string,
  given: ViewOptions,
): ViewOptions {
  const check = (one: ViewOptions, by: object) =>
    collector.checked(what, one, by as Rules<ViewOptions>);
  const rules = viewRules();
  const view = check(given, rules);
  const isNamed = view.name && (view.instrumentName ?? '*').includes('*');
  if (isNamed || SELECTORS.every((key) => view[key] === undefined)) {
    const demand = 'given; with a name, it must be that of one instrument, without *';
    check(view, { ...rules, instrumentName: [() => false, demand, true] });
  }
  return view;
}

export function isFor(view: ViewOptions, { type, name, unit, scope }: Selected): boolean {
  const { name: meter, version, schemaUrl } = scope;
  const values = [name, type, unit, meter, version, schemaUrl];
  return SELECTORS.every((key, i) => {
    const wanted = view[key] ?? '*';
    return i === 0 ? matches(wanted, name) : wanted === '*' || wanted === values[i];
  });
}

/** Whether a text matches a pattern, in which each `*` stands for any characters. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/\W/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}
