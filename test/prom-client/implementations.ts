/** The two implementations of prom-client's interface that the cases in this folder run against. */
import { createRequire } from 'node:module';
import type * as ours from 'utilityfog-telemetry/prom-client';

export type PromClient = typeof ours;

const require = createRequire(import.meta.url);

/** The original comes first. What differs in a case is said there. */
export const IMPLEMENTATIONS: readonly (readonly [name: string, client: PromClient])[] = [
  ['prom-client', require('prom-client') as PromClient],
  ['utilityfog-telemetry', require('utilityfog-telemetry/prom-client') as PromClient],
];
