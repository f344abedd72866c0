import type { StartPageMetrics } from './page.ts';

/** Registers nothing: at the edge a program cannot ask anything about its process. */
export function instrumentRuntime(): void {}

/** There is no page at the edge. */
export const startPageMetrics: StartPageMetrics | undefined = undefined;
