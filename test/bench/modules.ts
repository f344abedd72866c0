/** The bench is plain JavaScript. This file gives types to the parts of it that are tested. */

export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

export const bench = <T>(path: string): Promise<T> =>
  import(new URL(`../../bench/${path}`, import.meta.url).href) as Promise<T>;
