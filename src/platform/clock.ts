import { after, every, monotonic, surelyAfter } from './timers.ts';

/** Time, as the collector sees it. Tests bring their own. */
export interface Clock {
  /** Seconds since 1970. */
  now(): number;
  /** Seconds of a clock that is never set, and is finer. */
  elapsed(): number;
  /** Calls `run` every so many seconds until the returned function is called. */
  every(seconds: number, run: () => void): () => void;
  /** Without holding the process. */
  after(seconds: number): Promise<void>;
  /** For somebody who waits: holds the process. */
  pause(seconds: number): Promise<void>;
  /** Resolves with `work`, or without it after so many seconds. Holds the process until then. */
  within(seconds: number, work: Promise<unknown>): Promise<void>;
}

/** The machine's clock. */
export const clock: Clock = {
  // The application's: it is shown, and at the edge it goes on where a timer has ended with its request.
  now: () => Date.now() / 1000,
  elapsed: monotonic,
  every,
  after: (seconds) => new Promise((resolve) => after(seconds, resolve)),
  pause: (seconds) => new Promise((resolve) => surelyAfter(seconds, resolve)),
  within: (seconds, work) =>
    new Promise((resolve) => {
      const cancel = surelyAfter(seconds, resolve);
      const settled = () => {
        cancel();
        resolve();
      };
      work.then(settled, settled);
    }),
};
