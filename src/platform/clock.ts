import { after, afterHoldingProcess, every, monotonic } from './timers.ts';

/** The time, as the collector sees it. Tests bring their own. */
export interface Clock {
  /** Seconds since 1970. */
  now(): number;
  /** Seconds of a clock that nobody sets, and that is finer. */
  elapsed(): number;
  /** Calls `run` every so many seconds until the returned function is called. */
  every(seconds: number, run: () => void): () => void;
  /** Waits for so many seconds. Does not hold the process. */
  after(seconds: number): Promise<void>;
  /** Waits for so many seconds, on behalf of a caller. Holds the process. */
  pause(seconds: number): Promise<void>;
  /** Waits for `work`, for so many seconds at most. Holds the process until then. */
  within(seconds: number, work: Promise<unknown>): Promise<void>;
}

/** The machine's clock. */
export const clock: Clock = {
  // This is the application's `Date`, since the time is shown. At the edge it also goes on when a timer has
  // ended with its request.
  now: () => Date.now() / 1000,
  elapsed: monotonic,
  every,
  after: (seconds) => new Promise((resolve) => after(seconds, resolve)),
  pause: (seconds) => new Promise((resolve) => afterHoldingProcess(seconds, resolve)),
  within: (seconds, work) =>
    new Promise((resolve) => {
      const cancel = afterHoldingProcess(seconds, resolve);
      const settled = () => {
        cancel();
        resolve();
      };
      work.then(settled, settled);
    }),
};
