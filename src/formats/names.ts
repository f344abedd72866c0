import type { MetricFamily } from '../model.ts';

/** A family, and how an exposition calls it. */
export interface NamedFamily {
  readonly family: MetricFamily;
  readonly name: string;
  /** Returns how the exposition calls a label of the family. */
  readonly label: (name: string) => string;
}

/** For expositions that call everything by its own name. */
export const itself = (name: string): string => name;
