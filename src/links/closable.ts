import type { Endpoint } from 'comlink';

/** An endpoint that can be left, so that what has listened to it can go. */
export interface Closable {
  readonly endpoint: Endpoint;
  close(): void;
}

/**
 * Comlink holds an endpoint until nobody has the object that speaks over it. Its listeners lead to that
 * object on both sides here, so that each held the other for ever: 3 to 4 kB of each thread.
 */
export function closable(endpoint: Endpoint): Closable {
  const listeners = new Set<Parameters<Endpoint['addEventListener']>[1]>();
  return {
    endpoint: {
      postMessage: (message, transferred) => endpoint.postMessage(message, transferred),
      start: () => endpoint.start?.(),
      addEventListener(type, listener) {
        listeners.add(listener);
        endpoint.addEventListener(type, listener);
      },
      removeEventListener(type, listener) {
        listeners.delete(listener);
        endpoint.removeEventListener(type, listener);
      },
    },
    close() {
      for (const listener of listeners) endpoint.removeEventListener('message', listener);
      listeners.clear();
    },
  };
}
