import { checkedConstants } from '../kinds/definition.ts';
import type { Labels } from '../model.ts';
import { idOnUse } from '../platform/random-id.ts';
import type { ExportPlan, PushPlan } from '../protocol/requests.ts';
import { type HttpOptions, httpPlan } from './http-options.ts';
import { type QueueOptions, queueLimits } from './queue-options.ts';

interface InstanceOptions extends HttpOptions {
  readonly resource?: Labels | undefined;
  readonly queue?: QueueOptions | undefined;
}

type About = Pick<ExportPlan, 'exporter' | 'format' | 'events'>;

/**
 * Returns what makes the plans of an exporter that sends a resource. The resource has an ID, which is another for each
 * exporter unless the application gives one.
 * @param format options of the format besides the resource
 * @throws TelemetryError `invalid_option` if the resource is not sound
 */
export function instancePlans(
  what: string,
  given: InstanceOptions,
  format: PushPlan['options'],
): (url: URL, about: About) => ExportPlan {
  const attributes = checkedConstants(`${what} resource`, given.resource ?? {}, [], 'utf8');
  const id = idOnUse();
  return (url, about) => ({
    ...about,
    via: 'http',
    destination: `${url.origin}${url.pathname}`,
    http: httpPlan(url, 'POST', { ...given, compression: undefined }),
    push: {
      ...queueLimits(given.queue, about.events ? ' events' : ''),
      compression: given.compression ?? 'gzip',
      get id() {
        return `${id()}${about.events ? ' events' : ''}`;
      },
      get options() {
        return { ...format, resource: { 'service.instance.id': id(), ...attributes } };
      },
    },
  });
}
