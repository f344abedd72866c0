import { QueryError } from '../query-error.ts';

/** How many samples a query may still hold. */
export class Budget {
  left: number;

  constructor(samples: number) {
    this.left = samples;
  }

  /** @throws QueryError if there are not so many left */
  take(samples: number): void {
    this.left -= samples;
    if (this.left < 0) {
      throw new QueryError(
        'limit',
        'query processing would load too many samples into memory in query execution',
      );
    }
  }

  /** @throws QueryError if there are not so many left */
  ask(samples: number): void {
    this.take(samples);
    this.give(samples);
  }

  give(samples: number): void {
    this.left += samples;
  }
}
