/** What is under way, by the tickets of those who asked. Each can be given up. */
export class UnderWay {
  readonly #all = new Map<number, AbortController>();

  /** Runs what can be given up until it has ended. */
  async run<T>(ticket: number, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#all.set(ticket, controller);
    try {
      return await start(controller.signal);
    } finally {
      this.#all.delete(ticket);
    }
  }

  cancel(ticket: number): void {
    this.#all.get(ticket)?.abort();
  }

  cancelAll(): void {
    for (const controller of this.#all.values()) controller.abort();
  }
}
