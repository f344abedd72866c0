import type { Labels, TelemetryEvent } from '../model.ts';

type Fields = [
  name: string,
  timestamp: number,
  value: unknown,
  labels: Labels,
  metadata: Record<string, unknown>,
];

/** The newest events, oldest first, as the JSON text in which they were recorded. */
export class EventLog {
  readonly #limit: number;
  #entries: string[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return Math.min(this.#entries.length, this.#limit);
  }

  add(batch: readonly string[]): void {
    for (const entry of batch) this.#entries.push(entry);
    // Cut when twice full, so that an event costs one copy and not one shift.
    if (this.#entries.length > 2 * this.#limit) this.#entries = this.entries();
  }

  clear(): void {
    this.#entries = [];
  }

  entries(): string[] {
    return this.#limit === 0 ? [] : this.#entries.slice(-this.#limit);
  }

  replace(entries: string[]): void {
    this.#entries = entries;
  }

  newest(limit: number): TelemetryEvent[] {
    const count = Math.min(Math.max(0, Math.floor(limit) || 0), this.size);
    return count === 0 ? [] : this.#entries.slice(-count).map(decode);
  }
}

export function decode(entry: string): TelemetryEvent {
  const [name, timestamp, value, labels, metadata] = JSON.parse(entry) as Fields;
  return { name, value, timestamp, labels, metadata };
}
