import {
  type Attribute,
  type MetricFamily,
  OVERFLOW_LABEL,
  type SeriesLabels,
} from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';

/**
 * What OpenTelemetry calls the overflow series:
 * https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute
 *
 * It stands in place of the label. Prometheus turns the one into the other, and if it got both, it would join
 * their values to `true;true`.
 */
const OVERFLOW: Attribute = ['otel.metric.overflow', true];

/**
 * Returns a function that says which attributes the points of a family have: the constant labels, those of
 * the series, and for a state set the state. What an instrument of OpenTelemetry has recorded has its own attributes.
 *
 * Constant labels are no attributes of the resource. Prometheus makes labels of such only if it is told to
 * (`promote_resource_attributes`), and where they were labels in a scrape, queries expect them.
 */
export function attributesOf(family: MetricFamily): (row: number) => Attribute[] {
  const { series, labels, name } = family;
  const constant = Object.entries(labels).map(attribute);
  const states = family.data === 'states' ? family.states : [];
  const perItem = Math.max(1, states.length);
  let known: readonly string[] | undefined;
  let keys: readonly string[] = [];
  return (row) => {
    const one = series[Math.floor(row / perItem)]!;
    const attributes = [...constant];
    if (isOverflow(one)) attributes.push(OVERFLOW);
    else if (one.instrumented) attributes.push(...one.instrumented.attributes);
    else {
      const { labelNames, labelValues } = one;
      if (labelNames !== known) keys = labelNames.map(wellFormed);
      known = labelNames;
      for (let i = 0; i < keys.length; i++) attributes.push([keys[i]!, labelValues[i]!]);
    }
    if (family.data === 'states') attributes.push(attribute([name, states[row % perItem]!]));
    return attributes;
  };
}

/** Returns an attribute whose texts are well-formed. */
export function attribute([key, value]: readonly [string, string]): Attribute {
  return [wellFormed(key), wellFormed(value)];
}

function isOverflow({ labelNames, labelValues }: SeriesLabels): boolean {
  return labelNames.length === 1 && labelNames[0] === OVERFLOW_LABEL && labelValues[0] === 'true';
}
