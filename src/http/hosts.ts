import { nodeBuiltin } from '../platform/node-builtin.ts';
import type { ServeOptions } from '../protocol/requests.ts';

/**
 * Whether a listener answers a request for that `Host`. A page of any site can have its own name lead to
 * this machine and read what is answered there (DNS rebinding). The browser still sends that name. So
 * where no token keeps it out, the listener answers names of this machine and those that it was told. An
 * address leads nowhere else, and browsers always send the header.
 */
export function answersHost(
  header: string | undefined,
  { host, hosts = [], bearerToken }: Pick<ServeOptions, 'host' | 'hosts' | 'bearerToken'>,
): boolean {
  if (bearerToken !== undefined || header === undefined) return true;
  const name = nameIn(header);
  if (!name) return false;
  if (nodeBuiltin('node:net')!.isIP(name) !== 0) return true;
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return [host, ...hosts].some((told) => nameIn(told) === name) || name === machineName();
}

/** Without port, brackets and the dot of the root; in lower case. */
function nameIn(header: string): string {
  const [, address, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header.trim()) ?? [];
  return (address ?? name ?? '').replace(/\.$/, '').toLowerCase();
}

function machineName(): string | undefined {
  try {
    return nodeBuiltin('node:os')?.hostname().toLowerCase();
  } catch {
    return undefined; // Deno without --allow-sys
  }
}

/** As the body of the answer, with the remedy. */
export function unknownHost(header: string): string {
  const shown = header.replace(/[^!-~]/g, '?').slice(0, 100);
  return `metrics are not served for the host "${shown}"; name it in serve({ hosts: ['…'] }), or set a bearerToken\n`;
}
