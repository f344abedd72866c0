/** What Deno must allow, as its `permissions.request` takes it. */
type Permission =
  | { readonly name: 'net'; readonly host: string }
  | { readonly name: 'read' | 'write'; readonly path: string };

interface DenoPermissions {
  request(permission: Permission): Promise<{ readonly state: string }>;
}

/**
 * Does nothing outside Deno. There it asks for what the program was not allowed at its start, just
 * as the use itself would: whoever is at the terminal, or nobody. Asked beforehand, since
 * `node:net` throws its refusal in a later tick, where nothing can catch it and the worker ends;
 * and since a refusal names but one of the flags that are needed.
 *
 * @param what completes "Deno does not allow …"
 * @throws Error that names the flags
 */
export async function askDeno(what: string, ...needed: readonly Permission[]): Promise<void> {
  const { Deno } = globalThis as { Deno?: { permissions?: DenoPermissions } };
  if (!Deno?.permissions) return;
  const flags: string[] = [];
  for (const permission of needed) {
    const { state } = await Deno.permissions.request(permission);
    const { name } = permission;
    const of = name === 'net' ? permission.host : permission.path;
    if (state !== 'granted') flags.push(`--allow-${name}=${of}`);
  }
  if (flags.length > 0) {
    throw new Error(`Deno does not allow ${what}; start it with ${flags.join(' ')}`);
  }
}
