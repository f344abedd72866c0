/**
 * Which names metrics and labels may have. `legacy` names are those that every version of Prometheus takes.
 * `utf8` names are any text, as in Prometheus 3: `UTF8Validation` of prometheus/common demands that a name is
 * valid UTF-8 and not empty. https://github.com/prometheus/common/blob/main/model/metric.go
 */
export type NameRule = 'legacy' | 'utf8';

/** What the names of one sort match. */
export interface NamePatterns extends Readonly<Record<NameRule, RegExp>> {
  /** Finds the characters of a name that is no legacy name for which an escaping scheme writes others. */
  readonly escaped: RegExp;
}

/*
 * The limit of 1024 characters is ours: escaped, a name may be eight times as long. Lone surrogates (`Cs`)
 * have no UTF-8.
 */

export const METRIC_NAME: NamePatterns = {
  legacy: /^[a-zA-Z_:][\w:]*$/,
  utf8: /^[^\ud800-\udfff]{1,1024}$/u,
  escaped: /^\d|[^a-zA-Z\d:]/gu,
};
/**
 * Label names that begin with two underscores are Prometheus' own, even if they are valid: with `__name__` a
 * label would rename its metric. https://prometheus.io/docs/concepts/data_model/
 */
export const LABEL_NAME: NamePatterns = {
  legacy: /^(?!__)[a-zA-Z_]\w*$/,
  utf8: /^(?!__)[^\ud800-\udfff]{1,1024}$/u,
  escaped: /^\d|[^a-zA-Z\d]/gu,
};

/** Whether every reader takes this as the name of a metric. */
export const isLegacyMetricName = (name: string): boolean => METRIC_NAME.legacy.test(name);
/** Whether every reader takes this as the name of a label. */
export const isLegacyLabelName = (name: string): boolean => LABEL_NAME.legacy.test(name);

/** Whether it is a name by that rule. A legacy name is one by every rule, however long it is. */
export function isName(name: unknown, patterns: NamePatterns, rule: NameRule): name is string {
  return typeof name === 'string' && (patterns.legacy.test(name) || patterns[rule].test(name));
}

/** Says what a name must match, and what allows others. */
export function demandOf(patterns: NamePatterns, rule: NameRule): string {
  return `matches ${patterns[rule].source}${rule === 'utf8' ? '' : ", unless names: 'utf8'"}`;
}
