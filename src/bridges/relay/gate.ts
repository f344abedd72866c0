import { authorized } from '../../http/request.ts';
import { monotonic } from '../../platform/timers.ts';
import { type Answer, Refused } from './answer.ts';
import { RateLimit, type RateOptions } from './rate-limit.ts';

/** Who may send. */
export interface GateOptions {
  /** The origins of pages that may send, such as `https://shop.example`; `*` is every page. */
  readonly allowOrigins: readonly string[] | '*';
  /** What senders must send as `Authorization: Bearer …`. Of a page everybody can read it. */
  readonly token?: string | undefined;
  /** How many requests a client may send. */
  readonly rate?: RateOptions<never[]> | undefined;
}

/** How long a browser may remember what a preflight has said. Seconds; Chromium keeps no more. */
const PREFLIGHT_AGE = 7200;
/** What exporters send beyond what every page may. */
const REQUEST_HEADERS =
  'authorization, content-encoding, content-type, x-prometheus-remote-write-version';
/** What pages need to read of an answer beyond what every page may. */
const RESPONSE_HEADERS = [
  'retry-after',
  ...['samples', 'histograms', 'exemplars'].map(
    (one) => `x-prometheus-remote-write-${one}-written`,
  ),
].join(', ');

type Headers = Readonly<Record<string, string>>;

/** Keeps out who may not send. */
export class Gate {
  readonly #origins: ReadonlySet<string> | undefined;
  readonly #token: string | undefined;
  readonly #rate: RateLimit | undefined;
  readonly #key: ((request: Request, ...context: never[]) => unknown) | undefined;

  constructor({ allowOrigins, token, rate }: GateOptions) {
    this.#origins = allowOrigins === '*' ? undefined : new Set(allowOrigins);
    this.#token = token;
    this.#rate = rate && new RateLimit(rate);
    this.#key = rate?.key;
  }

  /** Returns the headers that let a page read the answer. They are also those of refusals, except of its origin. */
  corsHeaders(request: Request): Headers {
    const origin = request.headers.get('origin');
    if (origin === null || !this.#allows(origin)) return { vary: 'origin' };
    return {
      vary: 'origin',
      'access-control-allow-origin': this.#origins ? origin : '*',
      'access-control-expose-headers': RESPONSE_HEADERS,
    };
  }

  /**
   * Lets a request pass, or returns the answer to one that asks whether it may be made.
   * @throws Refused
   */
  pass(request: Request, context: readonly unknown[]): Answer | undefined {
    const { method, headers } = request;
    const origin = headers.get('origin');
    // Browsers always send it with a POST. What sends none is no page, and needs no permission of this kind.
    if (origin !== null && !this.#allows(origin)) {
      throw new Refused('bad_origin', 403, 'pages of this origin may not send here');
    }
    if (method === 'OPTIONS') return PREFLIGHT;
    if (method !== 'POST') {
      throw new Refused('bad_method', 405, 'only POST', { allow: 'POST, OPTIONS' });
    }
    const wait = this.#rate?.take(this.#keyOf(request, context), monotonic()) ?? 0;
    if (wait > 0) {
      const after = { 'retry-after': String(Math.ceil(wait)) };
      throw new Refused('too_many', 429, 'too many requests; ask again later', after);
    }
    if (!authorized({ bearerToken: this.#token }, headers.get('authorization'))) {
      const challenge = { 'www-authenticate': 'Bearer' };
      throw new Refused('bad_token', 401, 'a bearer token is needed', challenge);
    }
    return undefined;
  }

  #allows(origin: string): boolean {
    return this.#origins?.has(origin) ?? true;
  }

  /** A function of the application may fail. Then the client shares its limit with all others without a key. */
  #keyOf(request: Request, context: readonly unknown[]): string {
    try {
      const key = this.#key?.(request, ...(context as never[]));
      return typeof key === 'string' ? key : '';
    } catch {
      return '';
    }
  }
}

const PREFLIGHT: Answer = {
  outcome: 'preflight',
  status: 204,
  headers: {
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': REQUEST_HEADERS,
    'access-control-max-age': String(PREFLIGHT_AGE),
  },
};
