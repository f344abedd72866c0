/** The libraries that are compared. Each is loaded when it is chosen first. */
import type { Open } from './telemetry.ts';

export interface Library {
  readonly id: string;
  readonly title: string;
  /** A custom property of the stylesheet. */
  readonly color: string;
  load(): Promise<Open>;
}

export const LIBRARIES: readonly Library[] = [
  {
    id: 'none',
    title: 'Off',
    color: '--line-1',
    load: async () => (await import('./libraries/none.ts')).open,
  },
  {
    id: 'ours',
    title: 'This library',
    color: '--report',
    load: async () => (await import('./libraries/ours.ts')).open,
  },
  {
    id: 'prom-client',
    title: 'prom-client',
    color: '--peer',
    load: async () => (await import('./libraries/prom-client.ts')).open,
  },
  {
    id: 'opentelemetry',
    title: 'OpenTelemetry',
    color: '--order',
    load: async () => (await import('./libraries/opentelemetry.ts')).open,
  },
];
