import { type Endpoint, expose, wrap } from 'comlink';
import { isListOf } from '../model.ts';

/** The methods that the other side may call, each with a check of its arguments. */
export type Calls<Offer> = { readonly [Method in keyof Offer]-?: (...args: unknown[]) => boolean };

type Message = Readonly<Record<string, unknown>>;
type Listener = (event: { readonly data: Message }) => void;

/** Longer error messages are cut. UTF-16 units. */
const LONGEST = 2000;
/** No method takes more. */
const MAX_ARGUMENTS = 4;

/** The other side, and a function that ends the conversation. */
export interface CallExchange<Remote> {
  readonly remote: Remote;
  /**
   * Removes the listeners. Comlink holds an endpoint until nobody has the object that speaks over it. The
   * listeners lead to that object on both sides, so each would hold the other for ever: 3 to 4 kB per
   * thread.
   */
  close(): void;
}

/**
 * Offers the methods named in `calls` to the other side of an endpoint, and nothing else. Returns what the
 * other side offers. Comlink by itself follows every path that a message names, and the path of any
 * function leads to `Function`: whoever holds a port could run code here.
 */
export function exchangeCalls<Remote, Offer extends object>(
  endpoint: Endpoint,
  calls: Calls<Offer>,
  offer: (remote: Remote) => Offer,
): CallExchange<Remote> {
  const { door, close } = guarded(endpoint, calls);
  const remote = wrap(door) as Remote;
  const offered = offer(remote) as Record<string, (...args: unknown[]) => unknown>;
  const table = { __proto__: null } as unknown as typeof offered;
  for (const method of Object.keys(calls)) table[method] = (...args) => offered[method]!(...args);
  expose(table, door);
  return { remote, close };
}

/** Wraps the endpoint so that only calls that `calls` allows, and plain answers, come through. */
function guarded(
  endpoint: Endpoint,
  calls: Readonly<Record<string, (...args: never[]) => boolean>>,
): { door: Endpoint; close(): void } {
  const listeners: Listener[] = [];
  const hear = (event: Event) => {
    const message = (event as MessageEvent).data as Message | undefined;
    const id = message?.id;
    if (typeof id !== 'string') return;
    const heard = answer(id, message!) ?? call(id, message!, calls);
    if (heard) for (const listener of listeners) listener({ data: heard });
    // An honest caller, perhaps of another version, gets an error and does not wait for ever.
    else if (message!.type === 'APPLY') endpoint.postMessage(thrown(id, REFUSED));
  };
  const door: Endpoint = {
    addEventListener(_, listener) {
      listeners.push(listener as unknown as Listener);
      if (listeners.length === 1) endpoint.addEventListener('message', hear);
    },
    // Comlink removes its listener only when it is told to release what it exposes. Nobody may tell it
    // that.
    removeEventListener() {},
    postMessage(message: Message, transferred) {
      // The stack of an error says where code is, which is nobody's business; `thrown` leaves it out.
      const { type, id, value } = message as { type?: string; id: string; value?: Message };
      const isError = type === 'HANDLER' && value?.isError === true;
      endpoint.postMessage(isError ? thrown(id, value.value as Message) : message, transferred);
    },
    start: () => endpoint.start?.(),
  };
  const close = () => {
    endpoint.removeEventListener('message', hear);
    listeners.length = 0;
  };
  return { door, close };
}

const REFUSED = { name: 'TelemetryError', message: 'no such call is taken here' };

/**
 * Returns the answer in the form that Comlink reads. It is never an object that speaks over a port that the
 * other side has sent.
 */
function answer(id: string, { type, name, value }: Message): Message | undefined {
  if (type === 'RAW') return { id, type, value };
  if (type !== 'HANDLER' || name !== 'throw') return undefined;
  const { isError, value: error } = (value ?? {}) as Message;
  return thrown(id, (isError === true && (error as Message | null)) || { message: error });
}

function thrown(id: string, { name = 'Error', message }: Message): Message {
  const text = (value: unknown) =>
    typeof value === 'string' ? value.slice(0, LONGEST) : typeof value;
  const value = { name: text(name), message: text(message), stack: '' };
  return { id, type: 'HANDLER', name: 'throw', value: { isError: true, value } };
}

function call(
  id: string,
  { type, path, argumentList }: Message,
  calls: Readonly<Record<string, (...args: never[]) => boolean>>,
): Message | undefined {
  if (type !== 'APPLY' || !Array.isArray(path) || path.length !== 1) return undefined;
  const [method] = path as unknown[];
  if (typeof method !== 'string' || !Object.hasOwn(calls, method)) return undefined;
  const isRaw = (wire: unknown) => (wire as Message | null | undefined)?.type === 'RAW';
  if (!isListOf(isRaw, argumentList, MAX_ARGUMENTS)) return undefined;
  const args = argumentList.map((wire) => (wire as Message).value) as never[];
  return calls[method]!(...args) ? { id, type, path: [method], argumentList } : undefined;
}
