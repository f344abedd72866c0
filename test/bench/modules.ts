/** The bench is plain JavaScript; this gives types to what is tested of it. */

export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

export const bench = <T>(path: string): Promise<T> =>
  import(new URL(`../../bench/${path}`, import.meta.url).href) as Promise<T>;
