import { type Endpoint, expose, wrap } from 'comlink';
import { isListOf } from '../model.ts';

/** Of each method that the other side may call: whether it takes these arguments. */
export type Calls<Offer> = { readonly [Method in keyof Offer]-?: (...args: unknown[]) => boolean };

type Message = Readonly<Record<string, unknown>>;
type Listener = (event: { readonly data: Message }) => void;

/** Longer messages of errors are cut. UTF-16 units. */
const LONGEST = 2000;
/** No method takes more. */
const MAX_ARGUMENTS = 4;

/** The other side, and what ends speaking with it. */
export interface Met<Remote> {
  readonly remote: Remote;
  /**
   * Comlink holds an endpoint until nobody has the object that speaks over it. Its listeners lead to
   * that object on both sides, so that each would hold the other for ever: 3 to 4 kB of each thread.
   */
  close(): void;
}

/**
 * Offers the methods named in `calls` to the other side of an endpoint, and nothing else; and gives
 * what the other side offers. By itself Comlink follows every path that a message names, and that of
 * any function leads to `Function`: whoever holds a port could run code here.
 */
export function meet<Remote, Offer extends object>(
  endpoint: Endpoint,
  calls: Calls<Offer>,
  offer: (remote: Remote) => Offer,
): Met<Remote> {
  const { door, close } = doorway(endpoint, calls);
  const remote = wrap(door) as Remote;
  const offered = offer(remote) as Record<string, (...args: unknown[]) => unknown>;
  const table = { __proto__: null } as unknown as typeof offered;
  for (const method of Object.keys(calls)) table[method] = (...args) => offered[method]!(...args);
  expose(table, door);
  return { remote, close };
}

/** The endpoint, on which only calls that `calls` allows are heard, and plain answers. */
function doorway(
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
    // An honest caller, perhaps of another version, does not wait for ever.
    else if (message!.type === 'APPLY') endpoint.postMessage(thrown(id, REFUSED));
  };
  const door: Endpoint = {
    addEventListener(_, listener) {
      listeners.push(listener as unknown as Listener);
      if (listeners.length === 1) endpoint.addEventListener('message', hear);
    },
    // Comlink does so when it is told to release what it has exposed, which nobody may tell.
    removeEventListener() {},
    postMessage(message: Message, transferred) {
      // Where code is, in the stack of an error, is nobody's business.
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

/** An answer as Comlink reads it: never an object that speaks over a port of the other side's. */
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
