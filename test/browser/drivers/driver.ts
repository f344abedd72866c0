/** What the tests ask of a real browser, whichever protocol drives it. */

export interface Driver {
  /** As part of names of tests: `Chromium`, `Firefox`, `WebKit`. */
  readonly name: string;
  readonly version: string;
  /** Storage that no other profile sees. */
  newProfile(): Promise<Profile>;
  close(): Promise<void>;
}

export interface Profile {
  /** A tab; it shares storage with those of the same profile. */
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

export interface Tab {
  /**
   * Runs `work` in the page and resolves to what it returned, by way of JSON. Only its text gets
   * there: it must not name anything of the test around it.
   */
  run<R, A = undefined>(work: (argument: A) => R | Promise<R>, argument?: A): Promise<R>;
  goto(url: string): Promise<void>;
  /** Asks for the page before this one, and waits for nothing. */
  back(): Promise<void>;
  /** Makes it the one that is seen; the others of its window are hidden. */
  show(): Promise<void>;
  /** Console errors, uncaught errors and rejections of the page, as text. */
  errors(): Promise<readonly string[]>;
  close(): Promise<void>;
}
