import type { ExportPlan } from '../../protocol/requests.ts';

/** Returns how spans are sent by an exporter that may be one of metrics. What waits is kept apart. */
export function tracesPlan({ http, push }: ExportPlan): ExportPlan {
  const url = new URL(http!.url);
  url.pathname = url.pathname.replace(/metrics(\/?)$/, 'traces$1');
  const { id, persist, maxBytes, maxAge, compression, options } = push!;
  const kept = persist && { persist: { ...persist, name: `${persist.name} traces` } };
  return {
    ...{ exporter: 'otlp_traces', format: 'otlp', via: 'http', spans: true },
    destination: `${url.origin}${url.pathname}`,
    http: { ...http!, url: url.href },
    push: { ...{ maxBytes, maxAge, compression, ...kept }, id: `${id} traces`, options },
  };
}
