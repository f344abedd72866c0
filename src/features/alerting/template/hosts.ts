const HOST_AND_PORT = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/;
const BYTE = '(?:25[0-5]|2[0-4]\\d|1?[1-9]?\\d|10\\d)';
const IPV4 = new RegExp(`^(?:${BYTE}\\.){3}${BYTE}$`);

export function stripPort(hostAndPort: string): string {
  const [, inBrackets, host] = HOST_AND_PORT.exec(hostAndPort) ?? [];
  return inBrackets ?? host ?? hostAndPort;
}

/** Leaves the first part of a name of a host. Addresses stay as they are. */
export function stripDomain(hostAndPort: string): string {
  const [, inBrackets, plain, port] = HOST_AND_PORT.exec(hostAndPort) ?? [];
  const host = inBrackets ?? plain ?? hostAndPort;
  if (IPV4.test(host) || isIPv6(host)) return hostAndPort;
  const first = host.split('.')[0]!;
  if (!port) return first;
  return /[:%]/.test(first) ? `[${first}]:${port}` : `${first}:${port}`;
}

function isIPv6(host: string): boolean {
  if (!/^[\da-f:.]*:[\da-f:.]*$/i.test(host)) return false;
  try {
    new URL(`http://[${host}]/`);
    return true;
  } catch {
    return false;
  }
}
