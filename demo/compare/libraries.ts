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
    color: '--line-2',
    load: async () => (await import('./libraries/none.ts')).open,
  },
  {
    id: 'ours',
    title: 'This library',
    color: '--accent',
    load: async () => (await import('./libraries/ours.ts')).open,
  },
  {
    id: 'prom-client',
    title: 'prom-client',
    color: '--line-2',
    load: async () => (await import('./libraries/prom-client.ts')).open,
  },
  {
    id: 'opentelemetry',
    title: 'OpenTelemetry',
    color: '--line-2',
    load: async () => (await import('./libraries/opentelemetry.ts')).open,
  },
];
