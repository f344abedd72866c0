/** The inputs of every contender: the same label sets, latencies and event values. */

/**
 * @typedef {object} LabelSets
 * @property {string[]} methods
 * @property {string[]} routes
 */

/**
 * `count` different pairs, as two arrays so that a call site builds its own labels object, as
 * application code does. Both labels change from one set to the next where there are enough.
 * @param {number} count
 * @param {number} methodCount
 * @returns {LabelSets}
 */
function labelSets(count, methodCount) {
  const sets = { methods: [], routes: [] };
  for (let i = 0; i < count; i++) {
    sets.methods.push(`method-${i % methodCount}`);
    sets.routes.push(`/route/${(Math.floor(i / methodCount) + i) % (count / methodCount)}`);
  }
  return intern(sets);
}

/**
 * The strings as literals in source code are: one object for each distinct value, in the engine's
 * table of strings, where a property key also ends up.
 * @param {LabelSets} sets
 * @returns {LabelSets}
 */
function intern({ methods, routes }) {
  const known = Object.fromEntries([...methods, ...routes].map((value) => [value, true]));
  const literals = new Map(Object.keys(known).map((value) => [value, value]));
  const one = (value) => literals.get(value);
  return { methods: methods.map(one), routes: routes.map(one) };
}

/** The label sets of the hot path, by how many there are. */
export const SETS = {
  1: labelSets(1, 1),
  16: labelSets(16, 4),
  1000: labelSets(1000, 8),
};

/** The labels that tell who pushes. */
export const TARGET = { job: 'bench', instance: 'bench' };

/** The family of many series that is created and scraped. */
export const MANY = 'many_total';

/** A family with as many series, which is created after it. */
export const AS_MANY = 'as_many_total';

/** The label sets of both: 100 methods, the rest routes. */
export const manyLabelSets = (count) => labelSets(count, 100);

/** The 16 sets as text from which label values are cut: such strings are in no table of the engine. */
export const REQUEST_LINES = SETS[16].methods.map(
  (method, i) => `${method} ${SETS[16].routes[i]} HTTP/1.1`,
);

/** 1024 latencies in seconds, spread over the default buckets; the same in every run. */
export const LATENCIES = Array.from({ length: 1024 }, (_, i) => {
  const uniform = ((i * 619) % 1024) / 1024;
  return -Math.log(1 - uniform) * 0.25;
});

/** Upper bounds that Prometheus clients use by default. */
export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const newUser = (i) => `user-${1_000_000 + i}`;
const USERS = Array.from({ length: 16 }, (_, i) => newUser(i));
const SESSION = 'b1946ac9-2492-d234-7c62-35b4d2611184';

/**
 * How many events are recorded before settling. They are so many that a `flush()` is a small part, and few
 * enough that all can be under way at once.
 */
export const EVENT_BURST = 5000;

const checkout = (user_id, session) => ({
  user_id,
  session,
  page: '/checkout/payment',
  referrer: '/checkout/basket?key=1',
  attempts: 3,
  amount: 129.95,
  currency: 'EUR',
  verified: true,
});

/** The value for Faro, whose attributes are strings. */
const checkoutAttributes = (user_id, session) => ({
  user_id,
  session,
  page: '/checkout/payment',
  referrer: '/checkout/basket?key=1',
  attempts: '3',
  amount: '129.95',
  currency: 'EUR',
  verified: 'true',
});

/** Returns a text that is new each time, as identifiers are. */
const newSession = (i) => `b1946ac9-2492-d234-7c62-35b4${10_000_000 + i}`;

/**
 * A value for an event: 200 bytes as JSON, a new object each time.
 * @param {number} i
 */
export const eventValue = (i) => checkout(USERS[i & 15], SESSION);

/** @param {number} i */
export const eventAttributes = (i) => checkoutAttributes(USERS[i & 15], SESSION);

/**
 * The same with two texts that are new each time.
 * @param {number} i
 */
export const eventValueOfItsOwn = (i) => checkout(newUser(i), newSession(i));

/** @param {number} i */
export const eventAttributesOfTheirOwn = (i) => checkoutAttributes(newUser(i), newSession(i));

/** The attributes of a span. One of the four differs for each span. */
export const spanAttributes = (number) => ({
  'http.request.method': 'GET',
  'http.route': '/users/:id',
  'http.response.status_code': 200,
  'url.path': `/users/${number}`,
});
