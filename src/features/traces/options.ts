import type { MetricsExporter } from '../../exporters/metrics-exporter.ts';
import type { Labels } from '../../model.ts';
import { FLAG, OBJECT, type Rules } from '../../options.ts';
import type { TracesConfig } from './config.ts';
import { type LateResource, type ResourceOption, resourceAttributes } from './resource.ts';
import type { TailSampling } from './tail-options.ts';

/** What becomes of spans beside the collector. */
export interface TracesOptions {
  /**
   * Where spans go: an `OTLPExporter` whose URL ends in `/v1/traces`, or in `/v1/metrics` for both. Without it nothing
   * is sent, and the metrics of spans are all that is made of them.
   */
  readonly exporter?: MetricsExporter | undefined;
  /**
   * Attributes of the resource, such as `service.name`, or a resource of `@opentelemetry/resources`, with what it has
   * found when the collector starts. They come on top of those of the exporter.
   */
  readonly resource?: ResourceOption | undefined;
  /** Decides which traces are sent once they are there: see `tailSampling()`. */
  readonly tail?: TailSampling | undefined;
  /**
   * Whether rate, errors and durations of spans are counted as metrics, by name. The bounds of the durations'
   * buckets can be given instead, in seconds.
   * @defaultValue `true`
   */
  readonly spanMetrics?: boolean | readonly number[] | undefined;
}

/** Whether these are bounds of buckets. */
const areBounds = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((one, i) => one > (value[i - 1] ?? 0));

/** Whether it is an exporter of which the collector's side can make one of spans. */
const isOtlp = (value: unknown): boolean => {
  const [planned] = (value as MetricsExporter).plans ?? [];
  const url = planned?.plan.format === 'otlp' && planned.plan.http?.url;
  return !!url && /\/v1\/(metrics|traces)\/?$/.test(new URL(url).pathname);
};

export const TRACES: Rules<TracesOptions> = {
  exporter: [isOtlp, 'an OTLPExporter whose url ends in /v1/traces or /v1/metrics'],
  resource: OBJECT,
  tail: OBJECT,
  spanMetrics: [
    (value) => FLAG[0](value) || areBounds(value),
    'true, false, or bounds of buckets above 0 in ascending order',
  ],
};

/** Whether a message can take it: others are left out, as they are of the resource of metrics. */
const isValue = (value: unknown): boolean =>
  Array.isArray(value) ? value.every(isValue) : /^(string|number|boolean)$/.test(typeof value);

/** Returns the attributes that a resource has now and that a message can take. */
const described = (resource: ResourceOption = {}): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(resourceAttributes(resource)).filter(([, one]) => isValue(one)),
  );

/** Returns the attributes of the resource once it has found them all. */
export async function foundAttributes({ resource }: TracesOptions): Promise<unknown> {
  await (resource as LateResource | undefined)?.waitForAsyncAttributes?.();
  return described(resource);
}

/** Returns what the part is told. The plan has an ID that is made only now: see `idOnUse()`. */
export function tracesConfig(given: TracesOptions): TracesConfig {
  const { exporter, resource, tail, spanMetrics = true } = given;
  const plan = exporter?.plans?.[0]?.plan;
  const push = plan?.push;
  const options = push?.options as { readonly resource?: Labels } | undefined;
  return {
    // Its getters cannot be cloned.
    plan: plan && push && { ...plan, push: { ...push, id: push.id, options: push.options } },
    resource: { ...options?.resource, ...described(resource) },
    asksForResource: (resource as LateResource | undefined)?.asyncAttributesPending === true,
    tail,
    spanMetrics,
  };
}
