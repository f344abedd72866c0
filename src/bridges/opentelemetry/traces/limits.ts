import { MAX_TEXT } from '../../../features/traces/span-batch.ts';
import { isWhole, type Rule } from '../../../options.ts';

/** How much a span may have: what `spanLimits()` returns. No number is above what a batch can have. */
export interface SpanLimits {
  /** How many attributes. */
  readonly attributes: number;
  /** How many characters of a text in an attribute. */
  readonly text: number;
  /** How many events. */
  readonly events: number;
  /** How many links. */
  readonly links: number;
  /** How many attributes of an event. */
  readonly ofEvent: number;
  /** How many attributes of a link. */
  readonly ofLink: number;
}

/** Those of OpenTelemetry's SDK, and one that keeps a hostile program from filling the memory. */
export const DEFAULT_LIMITS: SpanLimits = {
  attributes: 128,
  text: MAX_TEXT,
  events: 128,
  links: 128,
  ofEvent: 128,
  ofLink: 128,
};

export const LIMITS: Rule = [
  (value) => isWhole((value as SpanLimits | null)?.ofLink),
  'what spanLimits() returns',
];
