/** A permission that a program needs, as Deno's `permissions.request` takes it. */
type Permission =
  | { readonly name: 'net'; readonly host: string }
  | { readonly name: 'read' | 'write'; readonly path: string };

interface Runtimes {
  readonly Deno?: {
    readonly permissions?:
      | { request(permission: Permission): Promise<{ readonly state: string }> }
      | undefined;
  };
  readonly process?: {
    /** Present only with `--permission`. */
    readonly permission?: { has(scope: string): boolean } | undefined;
    readonly allowedNodeEnvironmentFlags?: ReadonlySet<string> | undefined;
  };
}

/**
 * Asks for permissions that the program did not get at its start. Deno asks the user at the terminal, or
 * nobody, just as the use itself would. This is done beforehand for two reasons: `node:net` throws its
 * refusal in a later tick, where nothing can catch it and the worker or the process ends; and Deno's own
 * refusal names only one of the flags that are needed.
 *
 * @param what completes "the runtime does not allow …"
 * @throws Error that names the flags
 */
export async function askPermission(what: string, ...needed: readonly Permission[]): Promise<void> {
  const flags: string[] = [];
  for (const permission of needed) {
    const flag = (await denoRefuses(permission)) ?? nodeRefuses(permission);
    if (flag) flags.push(flag);
  }
  if (flags.length > 0) {
    throw new Error(`the runtime does not allow ${what}; start it with ${flags.join(' ')}`);
  }
}

/** Returns the flag that is missing. */
async function denoRefuses(permission: Permission): Promise<string | undefined> {
  const { Deno } = globalThis as Runtimes;
  if (!Deno?.permissions) return undefined;
  const { state } = await Deno.permissions.request(permission);
  const of = permission.name === 'net' ? permission.host : permission.path;
  return state === 'granted' ? undefined : `--allow-${permission.name}=${of}`;
}

/** Returns the flag that is missing. Node's refusals of files can be caught, and say what they need. */
function nodeRefuses({ name }: Permission): string | undefined {
  const { process } = globalThis as Runtimes;
  if (name !== 'net' || !process?.permission) return undefined;
  // Before Node 25 this permission does not exist, and `has` answers `false`, as for any unknown name.
  const exists = process.allowedNodeEnvironmentFlags?.has('--allow-net');
  return exists && !process.permission.has('net') ? '--allow-net' : undefined;
}
