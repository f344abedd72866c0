import { nodeBuiltin } from '../platform/node-builtin.ts';
import type { ServeOptions } from '../protocol/requests.ts';

/**
 * Whether a listener answers a request with this `Host` header. A page of any site can point its own name
 * to this machine and read the answers (DNS rebinding), but the browser still sends that name. So unless a
 * token or a password keeps such pages out, only this machine's names and those in `hosts` are answered. An address is
 * safe, since it leads nowhere else. A request without the header does not come from a browser.
 */
export function answersHost(
  header: string | undefined,
  { host, hosts = [], bearerToken, basicAuth }: Omit<ServeOptions, 'port' | 'path'>,
): boolean {
  if (bearerToken !== undefined || basicAuth || header === undefined) return true;
  const name = hostNameIn(header);
  if (!name) return false;
  if (nodeBuiltin('node:net')!.isIP(name) !== 0) return true;
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return [host, ...hosts].some((told) => hostNameIn(told) === name) || name === machineName();
}

/** Returns the host of a header without port, brackets and the root's dot, in lower case. */
function hostNameIn(header: string): string {
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

/** Returns the body of the refusal, which names the remedy. */
export function unknownHost(header: string): string {
  const shown = header.replace(/[^!-~]/g, '?').slice(0, 100);
  return `metrics are not served for the host "${shown}"; name it in serve({ hosts: ['…'] }), or set a bearerToken or basicAuth\n`;
}
