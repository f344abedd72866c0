/** What the second client has found while the page stood still, and how it is told. */
import { compact } from '../numbers.ts';

export interface Findings {
  /** How often the client in the worker has read the metrics meanwhile. */
  readonly readings: number;
  /** How far it has seen the loop of the page count. */
  readonly turns: number;
  /** When it saw the alert, in seconds from the beginning; absent if it has not. */
  readonly alertAfter?: number | undefined;
  /** How often the client in the page has read them. */
  readonly pageReadings: number;
}

const ALERT = 'MainThreadBlocked';

/** @param seconds for how long the page stood still */
export function told(seconds: number, found: Findings, link: string | undefined): string {
  const { readings, turns, alertAfter, pageReadings } = found;
  const inPage =
    `The page stood still for ${seconds.toFixed(1)} s, in which a client in the page ` +
    `made ${pageReadings} scrapes.`;
  if (link === 'inline') {
    return `${inPage} One in a worker made ${readings}: here the collector has no worker, and stood still, too.`;
  }
  const seen =
    link === 'shared'
      ? `and saw the loop that blocked the page count to ${compact(turns)}`
      : 'and saw that the page was silent: to see it count needs shared memory';
  const alert =
    alertAfter === undefined ? '' : ` The alert ${ALERT} fired after ${alertAfter.toFixed(1)} s.`;
  return `${inPage} One in a worker made ${readings}, ${seen}.${alert}`;
}
