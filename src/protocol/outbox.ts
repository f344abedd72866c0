import type { HttpPlan } from './requests.ts';

/**
 * Sends by HTTP what waits, in order, and one request at a time, until it has arrived or was refused. What a request
 * says of a key is as of the moment of sending. So what could not be sent for a while is sent once.
 */
export interface Outbox {
  /** How many keys have arrived or were given up. */
  readonly counts: Readonly<OutboxCounts>;
  /** How many keys wait. */
  readonly length: number;
  /** Sends something of these keys as soon as that is possible. */
  put(keys: readonly string[]): void;
  /** Gives something up. */
  drop(keys: readonly string[], why: string): void;
  /** Tries at once what waits. Resolves to why something still waits after a moment. */
  flush(): Promise<string | undefined>;
  /** Sends nothing any more. */
  close(): void;
}

/** How many of the keys have arrived or were given up, and how many requests have failed. */
export interface OutboxCounts {
  /** Keys that have arrived. */
  sent: number;
  /** Requests that have failed. */
  errors: number;
  /** Keys that were given up. */
  dropped: number;
}

/** How an outbox sends. */
export interface OutboxOptions {
  /** Where requests go. */
  readonly http: HttpPlan;
  /** Asks the application for further headers, if the plan says so. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  /** What must not be in a message besides what stands in the request's head. */
  readonly secrets: readonly string[];
  /** How many keys a request may have; any number unless given. */
  readonly most?: number | undefined;
  /** Writes a request of the first of these. Returns `undefined` if there is nothing to say of them. */
  request(keys: readonly string[]): OutboxRequest | undefined;
  /** Called when something was given up. */
  dropped(keys: readonly string[], why: string): void;
}

/** A request, and what to do once it has arrived. */
export interface OutboxRequest {
  /** JSON. */
  readonly body: string;
  /** The keys of what is in it. */
  readonly keys: readonly string[];
  /** Called when it has arrived. */
  arrived(): void;
}
