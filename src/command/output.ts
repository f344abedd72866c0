/** Where a command writes. */
export interface Output {
  /** What was asked for. */
  say(line: string): void;
  /** What is wrong. */
  complain(line: string): void;
}

/** The files that a command reads. */
export interface Files {
  /** @throws Error if it cannot be read */
  read(path: string): Promise<string>;
  /** Resolves to the paths that a pattern such as `rules/*.yml` stands for, beginning in the folder of a file. */
  matching(pattern: string, beside: string): Promise<string[]>;
}
