/** What the tests ask of a real browser, whichever protocol drives it. */

export interface Driver {
  /** The name in the titles of tests: `Chromium`, `Firefox`, `WebKit`. */
  readonly name: string;
  readonly version: string;
  /** A profile, whose storage no other profile sees. */
  newProfile(): Promise<Profile>;
  close(): Promise<void>;
}

export interface Profile {
  /** A tab. It shares storage with the other tabs of its profile. */
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

export interface Tab {
  /**
   * Runs `work` in the page. Resolves to what it returned, passed as JSON. Only its text gets there, so it
   * must not name anything of the test around it.
   */
  run<R, A = undefined>(work: (argument: A) => R | Promise<R>, argument?: A): Promise<R>;
  goto(url: string): Promise<void>;
  /** Clicks as a user does. */
  click(selector: string): Promise<void>;
  /** Goes back to the page before this one, and waits for nothing. */
  back(): Promise<void>;
  /** Makes this the visible tab. The others of its window are hidden. */
  show(): Promise<void>;
  /** Console errors, uncaught errors and rejections of the page, as text. */
  errors(): Promise<readonly string[]>;
  close(): Promise<void>;
}
