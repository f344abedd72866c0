import type { TelemetryCollector } from 'utilityfog-telemetry';
import { samplesOf } from '../collectors.ts';

/** Resolves to what was counted, as `[method, route, status, count]` in the order of first appearance. */
export async function requestsOf(collector: TelemetryCollector): Promise<unknown[][]> {
  const samples = await samplesOf(collector, 'http_requests_total');
  return samples.map(({ labels: { method, route, status }, value }) => {
    return [method, route, status, value];
  });
}

/** Resolves to the kinds of error, as `[route, error_type, count]`. */
export async function failuresOf(collector: TelemetryCollector): Promise<unknown[][]> {
  const samples = await samplesOf(collector, 'http_server_request_duration_seconds_count');
  return samples
    .filter(({ labels }) => labels.error_type !== '')
    .map(({ labels: { http_route, error_type }, value }) => [http_route, error_type, value]);
}

/** Resolves to how many requests were counted as begun and not as ended. */
export async function activeIn(collector: TelemetryCollector): Promise<number> {
  const samples = await samplesOf(collector, 'http_server_active_requests');
  return samples.reduce((sum, { value }) => sum + value, 0);
}
