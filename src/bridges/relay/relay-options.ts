import { areHeaders, checkedUrl } from '../../exporters/http-options.ts';
import { ACCESS } from '../../http/access-options.ts';
import { TelemetryError } from '../../model.ts';
import {
  COLLECTOR,
  checked,
  FUNCTION,
  isWhole,
  OBJECT,
  oneOf,
  type Rule,
  type Rules,
  SECONDS,
} from '../../options.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import type { RelayEventOptions } from './events.ts';
import type { FamilyOptions } from './families.ts';
import type { ForwardOptions } from './forward.ts';
import type { GateOptions } from './gate.ts';
import type { RateOptions } from './rate-limit.ts';
import type { RelayFamily } from './registered-family.ts';

interface CommonOptions<C extends unknown[]> extends Omit<GateOptions, 'rate'> {
  /**
   * How often a client may send.
   * @defaultValue as often as it likes
   */
  readonly rate?: RateOptions<C> | undefined;
  /**
   * How many bytes a body may have, compressed and decompressed.
   * @defaultValue 4 MiB
   */
  readonly maxBytes?: number | undefined;
  /**
   * How many requests may be under way at a time. The rest are to come again later.
   * @defaultValue 256
   */
  readonly maxRequests?: number | undefined;
  /**
   * How many seconds a body may take to arrive.
   * @defaultValue 10
   */
  readonly timeout?: number | undefined;
}

/** The options of a relay that sends bodies on. */
export interface ForwardingOptions<C extends unknown[] = unknown[]> extends CommonOptions<C> {
  /** Where bodies are sent. */
  readonly forward: ForwardOptions;
  /** Is not given: a relay that sends on adds nothing up. */
  readonly aggregate?: undefined;
  /**
   * The families that pages may send.
   * @defaultValue all
   */
  readonly families?: readonly (string | RegExp)[] | undefined;
  /** Gets the metrics of the relay itself. */
  readonly collector?: TelemetryCollector | undefined;
}

/** The options of a relay that adds up what pages send. */
export interface AggregatingOptions<C extends unknown[] = unknown[]>
  extends CommonOptions<C>,
    FamilyOptions {
  /** The collector in which all pages add up. It also gets the metrics of the relay itself. */
  readonly aggregate: TelemetryCollector;
  /** Is not given: a relay that adds up sends nothing on. */
  readonly forward?: undefined;
  /**
   * Of how many senders the time of the last batch is known.
   * @defaultValue 50,000
   */
  readonly senderLimit?: number | undefined;
  /**
   * The events of pages that are recorded as events of the collector.
   * @defaultValue none
   */
  readonly events?: RelayEventOptions | undefined;
}

/** The options of `createRelay()`: with `forward`, or with `aggregate`. */
export type RelayOptions<C extends unknown[] = unknown[]> =
  | ForwardingOptions<C>
  | AggregatingOptions<C>;

/** All options that there are. */
export type AnyRelayOptions = CommonOptions<never[]> &
  FamilyOptions &
  Pick<AggregatingOptions, 'senderLimit' | 'events'> & {
    readonly aggregate?: TelemetryCollector | undefined;
    readonly collector?: TelemetryCollector | undefined;
    readonly forward?: ForwardOptions | undefined;
  };

const WHAT = 'createRelay()';
const ABOVE_0: Rule = [(value) => isWhole(value) && value > 0, 'a whole number above 0'];
const POSITIVE: Rule = [
  (value) => typeof value === 'number' && value > 0 && value < Infinity,
  'a finite number above 0',
];
const isName = (value: unknown) =>
  (typeof value === 'string' && value !== '') || value instanceof RegExp;
const isOrigin = (value: unknown) =>
  value === 'null' || (URL.canParse(value as string) && new URL(value as string).origin === value);
const isList = (value: unknown, test: (item: unknown) => unknown) =>
  Array.isArray(value) && value.every(test);

const RULES: Rules<AnyRelayOptions> = {
  allowOrigins: [
    (value) => value === '*' || isList(value, isOrigin),
    "a list of origins such as https://shop.example, without a path or a slash at the end, or '*'",
    true,
  ],
  // What is wrong with a token is told below, without the token.
  token: [() => true, ''],
  rate: OBJECT,
  maxBytes: ABOVE_0,
  maxRequests: ABOVE_0,
  timeout: SECONDS,
  aggregate: COLLECTOR,
  collector: COLLECTOR,
  forward: OBJECT,
  families: [
    (value) => isList(value, (one) => isName(one) || OBJECT[0](one)),
    'a list of names, patterns and definitions',
  ],
  ignore: [(value) => isList(value, isName), 'a list of names and patterns'],
  seriesLimit: ABOVE_0,
  familyLimit: [isWhole, 'a whole number'],
  maxIncrement: POSITIVE,
  expireAfter: SECONDS,
  senderLimit: ABOVE_0,
  events: OBJECT,
};

/** What only one of the two modes heeds. In the other it would be a limit that does not hold. */
const ONLY_AGGREGATE = [
  'ignore',
  'seriesLimit',
  'familyLimit',
  'maxIncrement',
  'expireAfter',
  'senderLimit',
  'events',
] as const;

const RATE: Rules<RateOptions<never[]>> = {
  key: [FUNCTION[0], FUNCTION[1], true],
  perSecond: [...POSITIVE, true] as unknown as Rule,
  burst: ABOVE_0,
  clients: ABOVE_0,
};

const EVENTS: Rules<RelayEventOptions> = {
  names: [(value) => isList(value, isName), 'a list of names and patterns', true],
  perSecond: POSITIVE,
  burst: ABOVE_0,
};

const FORWARD: Rules<ForwardOptions> = {
  // What is wrong with a URL is told below, without the password that may be in it.
  url: [() => true, ''],
  headers: [
    (value) => typeof value === 'function' || areHeaders(value),
    'an object of headers, or a function that returns one',
  ],
  protocol: [oneOf('remote-write', 'otlp')[0], 'remote-write or otlp', true],
  timeout: SECONDS,
};

const FAMILY: Rules<RelayFamily> = {
  name: [(value) => typeof value === 'string', 'a text', true],
  type: [oneOf('counter', 'gauge', 'histogram')[0], 'counter, gauge or histogram', true],
  // The collector checks what is left.
  description: [() => true, ''],
  unit: [() => true, ''],
  labelNames: [(value) => isList(value, isName), 'a list of names'],
  buckets: [(value) => isList(value, (one) => typeof one === 'number'), 'a list of bounds'],
  native: [
    (value) => typeof value === 'boolean' || OBJECT[0](value),
    'true, or an object such as { schema: 3 }',
  ],
  expireAfter: SECONDS,
};

/**
 * Returns the options that were given. An option that a relay does not have is an error: it may have been meant to
 * keep somebody out.
 * @throws TelemetryError `invalid_option`
 */
export function checkedRelay(options: RelayOptions<never[]>): AnyRelayOptions {
  const taken = exactly(WHAT, options as AnyRelayOptions, RULES);
  const { aggregate, forward, rate, families, token } = taken;
  const [isToken, demand] = ACCESS.bearerToken;
  if (token !== undefined && !isToken(token)) {
    throw invalid(`${WHAT} token must be ${demand}; got ${typeof token}`);
  }
  if (!aggregate === !forward) {
    throw invalid(`${WHAT} needs either forward or aggregate; got ${aggregate ? 'both' : 'none'}`);
  }
  const idle = forward ? ONLY_AGGREGATE : (['collector'] as const);
  for (const name of idle) {
    if (taken[name] === undefined) continue;
    throw invalid(
      `${WHAT} ${name} has no effect with ${forward ? 'forward' : 'aggregate'}; leave it out`,
    );
  }
  const definitions = families?.map((one) =>
    typeof one === 'string' || one instanceof RegExp
      ? one
      : checkedFamily(exactly(`${WHAT} families`, one, FAMILY)),
  );
  const isDefined = definitions?.some((one) => !(typeof one === 'string' || one instanceof RegExp));
  if (forward && isDefined) {
    throw invalid(
      `${WHAT} families must be names or patterns if the relay forwards; got a definition`,
    );
  }
  return {
    ...taken,
    families: definitions,
    ...(taken.events && { events: exactly(`${WHAT} events`, taken.events, EVENTS) }),
    ...(rate && { rate: exactly(`${WHAT} rate`, rate, RATE) }),
    ...(forward && { forward: checkedForward(forward) }),
  };
}

/** Pages send buckets of one kind. */
function checkedFamily(family: RelayFamily): RelayFamily {
  const { name, type, native, buckets } = family;
  if (native && (buckets || type !== 'histogram')) {
    const rule = buckets ? 'either buckets or native' : 'native only if it is a histogram';
    throw invalid(`${WHAT} families: ${name} may have ${rule}`);
  }
  return family;
}

/** `fetch` refuses URLs with a name and password. */
function checkedForward(given: ForwardOptions): ForwardOptions {
  const forward = exactly(`${WHAT} forward`, given, FORWARD);
  const url = checkedUrl(`${WHAT} forward`, forward.url);
  if (url.username || url.password) {
    throw invalid(`${WHAT} forward url must have no name and password; use headers`);
  }
  return { ...forward, url };
}

function exactly<O extends object>(what: string, options: O, rules: Rules<O>): O {
  return checked(what, options, rules, (message) => {
    throw invalid(message);
  });
}

const invalid = (message: string) => new TelemetryError('invalid_option', message);
