import { MAX_SENT_EXEMPLARS } from '../model.ts';
import type { SentExemplar } from '../protocol/exemplar-batch.ts';

/** How long an exemplar waits for its series. Seconds. */
const LONGEST_WAIT = 10;
/** Series with longer label values, all together, are not waited for. UTF-16 units. */
const MAX_LENGTH = 8192;

/** Exemplars that have come before the catalogue told of their series, as over the message link. */
export class EarlyExemplars {
  #waiting: { readonly sent: SentExemplar; readonly since: number }[] = [];

  add(sent: SentExemplar, now: number): void {
    const [, labelValues] = sent;
    if (labelValues.reduce((sum, { length }) => sum + length, 0) > MAX_LENGTH) return;
    this.#waiting.push({ sent, since: now });
    if (this.#waiting.length > MAX_SENT_EXEMPLARS) this.#waiting.shift();
  }

  /** Called when a series was removed; without label values, all of its family. */
  forget(family: number, labelValues: readonly string[]): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter(
      ({ sent: [id, values] }) =>
        id !== family ||
        (labelValues.length > 0 && values.some((one, i) => one !== labelValues[i])),
    );
  }

  /** Tries again to place them. @param place returns whether that is done */
  retry(now: number, place: (sent: SentExemplar) => boolean): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter(
      ({ sent, since }) => !place(sent) && now - since < LONGEST_WAIT,
    );
  }
}
