/** The page without any telemetry but that of the swarm, which runs in all four cases. */
import type { Open } from '../telemetry.ts';

export const open: Open = async () => ({
  record() {},
  spent: () => 0,
  start: async () => {},
  stop: async () => undefined,
});
