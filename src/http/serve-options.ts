import { checked, FLAG, type Rules } from '../options.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';
import { ACCESS, type ServeOptions } from './access-options.ts';

const isAddress = (host: string): boolean => nodeBuiltin('node:net')!.isIP(host) !== 0;
const isHost = (host: unknown): host is string =>
  typeof host === 'string' && (/^[\w-]+(\.[\w-]+)*\.?$/.test(host) || isAddress(host));

const SERVE: Rules<ServeOptions> = {
  ...ACCESS,
  port: [
    (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535,
    'a whole number from 0 to 65535, where 0 is any free port (of the environment: Number(process.env.PORT))',
    true,
  ],
  host: [
    isHost,
    'a name or an address without port and brackets, such as 0.0.0.0; left out it is 127.0.0.1',
  ],
  hosts: [
    (value) => Array.isArray(value) && value.every(isHost),
    "a list of names without ports, such as ['metrics.example']",
  ],
  keepAlive: FLAG,
};

/** @throws TelemetryError `invalid_option` */
export function checkedServeOptions(
  options: ServeOptions,
  warn: (message: string) => void,
): ServeOptions {
  const taken = checked('serve()', options, SERVE, warn);
  const { basicAuth } = taken;
  // The object of the application may hold more, which need not be cloneable.
  return {
    ...taken,
    basicAuth: basicAuth && { username: basicAuth.username, password: basicAuth.password },
  };
}
