import { COLLECTOR, check } from '../../options.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import { Home } from './home.ts';
import { Resident } from './resident.ts';
import { escaped, sampleLine } from './text.ts';
import type {
  MetricObject,
  MetricObjectWithValues,
  MetricReading,
  MetricValue,
  OpenMetricsContentType,
  PrometheusContentType,
  RegistryContentType,
} from './values.ts';

const PROMETHEUS: PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS: OpenMetricsContentType =
  'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Something that can be in a registry: a metric of this bridge, or an object that looks like one. */
export interface Registered {
  name: string;
  get(): Promise<MetricReading> | MetricReading;
  getForPromString?(): Promise<MetricReading> | MetricReading;
  reset?(): void;
}

/** What every metric has, whatever its type. */
export interface SingleMetric<N extends string = string> {
  /** The name. */
  readonly name: string;
  /** What is measured, in words. */
  readonly help: string;
  /** Resolves to the metric and its values. */
  get(): Promise<MetricObjectWithValues<MetricValue<N>>>;
  /** Sets all series to zero. */
  reset(): void;
  /** Removes the series of these values of labels. */
  remove(...values: string[]): void;
}

/** Any name may be that of a metric, also one that every object has. */
const noMetrics = (): Record<string, Registered> => Object.create(null);

/** The home of each registry. */
const homes = new WeakMap<object, Home>();

/** Returns the home of a registry; `undefined` if it is no registry of this bridge. */
export function homeOf(registry: object): Home | undefined {
  return homes.get(registry);
}

/**
 * A view of some metrics, as prom-client has it. A metric may be in several.
 * @example
 * ```ts
 * import { Counter, Registry } from 'utilityfog-telemetry/prom-client';
 *
 * const registry = new Registry();
 * registry.setDefaultLabels({ service: 'shop' });
 * new Counter({ name: 'orders_total', help: 'Orders', registers: [registry] }).inc();
 * console.log((await registry.metrics()).includes('orders_total{service="shop"} 1'));
 * // -> true
 * ```
 */
export class Registry<T extends RegistryContentType = PrometheusContentType> {
  /** The content type of the Prometheus text format. */
  static get PROMETHEUS_CONTENT_TYPE(): PrometheusContentType {
    return PROMETHEUS;
  }

  /** The content type of OpenMetrics. */
  static get OPENMETRICS_CONTENT_TYPE(): OpenMetricsContentType {
    return OPEN_METRICS;
  }

  /** The registry of metrics that name none. */
  static readonly globalRegistry: Registry = new Registry();

  // These have the names that they have in prom-client, where nothing keeps others from using them.
  /** @internal */ _metrics: Record<string, Registered> = noMetrics();
  /** @internal */ _defaultLabels: Record<string, unknown> = {};
  /** @internal */ _contentType: RegistryContentType;

  /** @throws TypeError if there is no such content type */
  constructor(contentType: T | undefined = PROMETHEUS as T) {
    if (!isContentType(contentType)) {
      throw new TypeError(`Content type ${contentType} is unsupported`);
    }
    this._contentType = contentType;
    homes.set(this, new Home());
  }

  /**
   * The collector that the metrics of this registry record in, for all that prom-client does not have: a listener in a
   * worker, exporters, alerts. It has the metrics that were registered here first. If nothing asks for it, no worker
   * is started.
   */
  get collector(): TelemetryCollector {
    return homes.get(this)!.open();
  }

  /**
   * Gives the registry a collector of the application, which may be that of other registries, too.
   * @throws TelemetryError `invalid_option` if it is none, or if metrics have recorded in another one already
   */
  setCollector(collector: TelemetryCollector): void {
    check('setCollector()', collector, COLLECTOR);
    homes.get(this)!.give(collector);
  }

  /** Returns the metrics, in the order in which they were registered. */
  getMetricsAsArray(): MetricObject[] {
    return Object.values(this._metrics) as unknown as MetricObject[];
  }

  /** Resolves to the metrics as text. */
  async metrics(): Promise<string> {
    const metrics = this.getMetricsAsArray() as unknown as Registered[];
    const texts = await Promise.all(metrics.map((metric) => this.getMetricsAsString(metric)));
    return this.contentType === OPEN_METRICS
      ? `${texts.join('\n')}\n# EOF\n`
      : `${texts.join('\n\n')}\n`;
  }

  /** @internal Resolves to the text of one metric, without a line break at its end. */
  async getMetricsAsString(metric: Registered): Promise<string> {
    const isOpenMetrics = this.contentType === OPEN_METRICS;
    const defaults = Object.keys(this._defaultLabels).length > 0 ? this._defaultLabels : undefined;
    if (metric instanceof Resident && metric.get === Resident.prototype.get) {
      const collecting = metric.collect?.();
      // Without a wait it is read at once: `const text = register.metrics(); register.resetMetrics();` is usual.
      if (collecting) await collecting;
      const { name, help, type } = metric as unknown as MetricReading;
      const isCounter = isOpenMetrics && type === 'counter';
      const family = isCounter ? name.replace(/_total$/, '') : name;
      const lines = head(family, help, type);
      const sampleName = isCounter ? `${family}_total` : family;
      metric.write({ name: sampleName, isOpenMetrics, defaults, lines });
      return lines.join('\n');
    }
    const reading = await (metric.getForPromString?.() ?? metric.get());
    const isCounter = isOpenMetrics && reading.type === 'counter';
    const family = escaped(isCounter ? reading.name.replace(/_total$/, '') : reading.name);
    const lines = head(family, reading.help, reading.type);
    for (const value of reading.values ?? []) {
      const { metricName = family } = value;
      const name = isCounter ? `${metricName.replace(/_total$/, '')}_total` : metricName;
      lines.push(sampleLine(name, value, isOpenMetrics, defaults));
    }
    return lines.join('\n');
  }

  /**
   * Adds a metric.
   * @throws Error if there is another metric of that name
   */
  registerMetric(metric: object): void {
    const registered = metric as Registered;
    const { name } = registered;
    if (this._metrics[name] && this._metrics[name] !== registered) {
      throw new Error(`A metric with the name ${name} has already been registered.`);
    }
    this._metrics[name] = registered;
    if (registered instanceof Resident) registered.joined(homes.get(this)!);
  }

  /** Removes all metrics and default labels. */
  clear(): void {
    const metrics = Object.values(this._metrics);
    this._metrics = noMetrics();
    this._defaultLabels = {};
    for (const metric of metrics) if (metric instanceof Resident) metric.left(homes.get(this)!);
  }

  /** Resolves to what `get()` of each metric resolves to. */
  async getMetricsAsJSON(): Promise<MetricObjectWithValues<MetricValue<string>>[]> {
    const metrics = this.getMetricsAsArray() as unknown as Registered[];
    const readings = await Promise.all(metrics.map((metric) => metric.get()));
    const defaults = this._defaultLabels;
    const names = Object.keys(defaults);
    if (names.length > 0) {
      for (const { values = [] } of readings) {
        for (const value of values) value.labels = withDefaults(value.labels, defaults, names);
      }
    }
    return readings as unknown as MetricObjectWithValues<MetricValue<string>>[];
  }

  /** Removes the metric of that name from this registry. One that is not there is ignored. */
  removeSingleMetric(name: string): void {
    const metric = this._metrics[name];
    delete this._metrics[name];
    if (metric instanceof Resident) metric.left(homes.get(this)!);
  }

  /** Resolves to the text of one metric. */
  getSingleMetricAsString(name: string): Promise<string> {
    return this.getMetricsAsString(this._metrics[name]!);
  }

  /** Returns the metric of that name; `undefined` if there is none. */
  getSingleMetric<N extends string = string>(name: string): SingleMetric<N> | undefined {
    return this._metrics[name] as unknown as SingleMetric<N> | undefined;
  }

  /** Sets labels that all series have which do not have them already. */
  setDefaultLabels(labels: object): void {
    this._defaultLabels = labels as Record<string, unknown>;
  }

  /** Sets all metrics to zero. */
  resetMetrics(): void {
    for (const metric of Object.values(this._metrics)) metric.reset?.();
  }

  /** The content type of what `metrics()` resolves to. */
  get contentType(): T {
    return this._contentType as T;
  }

  /**
   * Sets the content type, and so the format of what `metrics()` resolves to.
   * @throws Error if there is no such content type
   */
  setContentType(contentType: T): void {
    if (!isContentType(contentType)) {
      throw new Error(`Content type ${contentType} is unsupported`);
    }
    this._contentType = contentType;
  }

  /**
   * Returns a registry with the metrics of several.
   * @throws Error if they differ in their content type, or have two metrics of one name
   */
  static merge(registers: readonly Registry<RegistryContentType>[]): Registry {
    const { contentType } = registers[0]!;
    if (registers.some((register) => register.contentType !== contentType)) {
      throw new Error('Registers can only be merged if they have the same content type');
    }
    const merged = new Registry<RegistryContentType>(contentType);
    for (const register of registers) {
      for (const metric of register.getMetricsAsArray()) merged.registerMetric(metric);
    }
    return merged as unknown as Registry;
  }
}

function isContentType(given: unknown): given is RegistryContentType {
  return given === PROMETHEUS || given === OPEN_METRICS;
}

/** Returns labels with defaults for those that are missing or empty. A spread would take ten times as long. */
function withDefaults(
  own: Readonly<Record<string, unknown>> | undefined,
  defaults: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  const labels: Record<string, unknown> = {};
  for (const name in own) labels[name] = own[name];
  for (const name of names) if (!labels[name]) labels[name] = defaults[name];
  return labels;
}

function head(name: string, help: string, type: string | undefined): string[] {
  return [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`];
}

/** The registry of metrics that name none. */
export const globalRegistry: Registry = Registry.globalRegistry;
