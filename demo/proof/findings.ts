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
  const blocked = `The page stood still for ${seconds.toFixed(1)} s.`;
  const inPage = `A client in the page itself made ${pageReadings}.`;
  if (link === 'inline') {
    return (
      `${blocked} So did the collector, which has no worker here: ` +
      `a client in a worker made ${readings} scrapes. ${inPage}`
    );
  }
  const seen =
    link === 'shared'
      ? `and saw the loop that blocked the page count to ${compact(turns)}`
      : 'and saw that the page was silent, but not what it counted: that needs shared memory';
  const alert =
    alertAfter === undefined ? '' : ` The alert ${ALERT} fired after ${alertAfter.toFixed(1)} s.`;
  return (
    `${blocked} Meanwhile a client in a worker made ${readings} scrapes, ` +
    `${seen}.${alert} ${inPage}`
  );
}
