import type { MetricFamily } from '../model.ts';

/** A family, and how an exposition calls it. */
export interface NamedFamily {
  readonly family: MetricFamily;
  readonly name: string;
  /** Returns how the exposition calls a label of the family. */
  readonly label: (name: string) => string;
}

/** For expositions that call everything by its own name. */
export const itself = (name: string): string => name;

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
// Names that begin with two underscores are Prometheus' own: with `__name__` a label would rename its metric.
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether every reader takes this as the name of a metric. */
export const isLegacyMetricName = (name: string): boolean => METRIC_NAME.test(name);
/** Whether every reader takes this as the name of a label. */
export const isLegacyLabelName = (name: string): boolean => LABEL_NAME.test(name);
