import { nodeBuiltin } from './node-builtin.ts';

/**
 * Subscribes to diagnostics channels, by name. What a subscriber throws would end the process as an exception that nobody
 * catches, so it is dropped.
 * @returns ends that
 */
export function hearChannels(
  heard: Readonly<Record<string, (message: never) => void>>,
): () => void {
  const channels = nodeBuiltin('node:diagnostics_channel');
  const all = Object.entries(heard).map(([name, hear]) => {
    const safely = (message: unknown) => {
      try {
        hear(message as never);
      } catch {} // somebody has changed what is read of a request
    };
    channels?.subscribe(name, safely);
    return () => void channels?.unsubscribe(name, safely);
  });
  return () => {
    for (const end of all) end();
  };
}
