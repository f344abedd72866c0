import { type Escaping, escapedName } from '../../kinds/escaping.ts';
import { isLegacyLabelName, isLegacyMetricName, LABEL_NAME } from '../../kinds/names.ts';

/** The range that Grafana puts in: four scrape intervals at least, so that a rate never lacks samples. */
const RANGE = '[$__rate_interval]';

/** Writes the parts of PromQL that depend on how names are stored and on what the variables choose. */
export class PromQL {
  /** The matchers of all variables, such as `job=~"$job"`. */
  readonly filter: string;
  readonly #escaping: Escaping;

  /** @param variables the labels that a reader of the dashboard can choose values of */
  constructor(variables: readonly string[], escaping: Escaping) {
    this.filter = matchersOf(variables);
    this.#escaping = escaping;
  }

  /**
   * Selects the series of a metric that the variables choose.
   * @param suffix what the samples append to the name of their metric, such as `_bucket`
   */
  select(name: string, suffix = ''): string {
    const stored = escapedName(name, this.#escaping) + suffix;
    if (isLegacyMetricName(stored)) return `${stored}{${this.filter}}`;
    return this.#selectBy(`__name__=${quoted(stored)}`);
  }

  /** Selects a counter. In OpenMetrics its samples end in `_total`, in the other formats only if its name does. */
  counter(name: string): string {
    if (name.endsWith('_total')) return this.select(name);
    const stored = escapedName(name, this.#escaping).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    return this.#selectBy(`__name__=~${quoted(`${stored}(_total)?`)}`);
  }

  /** Returns how often per second counters have risen, added up but for these labels. */
  rate(selector: string, labels: readonly string[] = []): string {
    return this.aggregate('sum', `rate(${selector}${RANGE})`, labels);
  }

  /** Returns by how much counters have risen, added up but for these labels. */
  increase(selector: string, labels: readonly string[] = []): string {
    return this.aggregate('sum', `increase(${selector}${RANGE})`, labels);
  }

  aggregate(operator: string, expr: string, labels: readonly string[]): string {
    const by =
      labels.length > 0 ? ` by (${labels.map((one) => this.#labelIn(one)).join(', ')}) ` : '';
    return `${operator}${by}(${expr})`;
  }

  /** Returns the name under which a label is stored. */
  label(name: string): string {
    return escapedName(name, this.#escaping, LABEL_NAME);
  }

  #labelIn(name: string): string {
    const stored = this.label(name);
    return isLegacyLabelName(stored) ? stored : quoted(stored);
  }

  /**
   * Prometheus 3 also takes `{"http.requests"}`. Older versions and other servers do not, though they may
   * hold such names.
   */
  #selectBy(name: string): string {
    return `{${[name, this.filter].filter(Boolean).join(',')}}`;
  }
}

/** Returns matchers by which variables choose series. */
export function matchersOf(variables: readonly string[]): string {
  return variables.map((name) => `${name}=~"$${name}"`).join(',');
}

/** Returns a text as PromQL writes it. What Grafana would take for a variable is written as an escape. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('$', '\\x24').replaceAll('[[', '\\x5b[');
}
