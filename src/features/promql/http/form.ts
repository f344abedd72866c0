import type { ApiRequest } from '../../../protocol/queries.ts';
import { Refused } from '../refused.ts';

const FORM = 'application/x-www-form-urlencoded';

/** The parameters of a request: those of the body come first, as in Prometheus. */
export class Form {
  readonly #values: Map<string, string[]>;

  /** @throws Refused if they cannot be read */
  constructor({ method, query, contentType = '', body }: ApiRequest) {
    this.#values = new Map();
    const isForm = method === 'POST' && contentType.split(';')[0]!.trim().toLowerCase() === FORM;
    if (isForm && body) this.#add(textOf(body));
    this.#add(query);
  }

  /** Returns the first value; an empty text if there is none. */
  get(name: string): string {
    return this.#values.get(name)?.[0] ?? '';
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  #add(text: string): void {
    for (const pair of text.split('&')) {
      if (pair === '') continue;
      const at = pair.indexOf('=');
      const name = unescaped(at < 0 ? pair : pair.slice(0, at));
      const value = at < 0 ? '' : unescaped(pair.slice(at + 1));
      const values = this.#values.get(name);
      if (values) values.push(value);
      else this.#values.set(name, [value]);
    }
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    const [wrong] = /%(?![\da-f]{2}).{0,2}/i.exec(text) ?? [];
    throw notReadable(wrong ? `invalid URL escape "${wrong}"` : 'invalid UTF-8');
  }
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw notReadable('invalid UTF-8');
  }
}

function notReadable(why: string): Refused {
  return new Refused('bad_data', `error parsing form values: ${why}`);
}
