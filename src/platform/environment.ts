interface Runtimes {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> | undefined };
  readonly Deno?: {
    readonly permissions?: {
      querySync(permission: { name: 'env'; variable: string }): { readonly state: string };
    };
  };
}

/**
 * Returns a variable of the environment; `undefined` where there is none, and where the program may not read it. Deno
 * would ask its user for permission, so nothing is read that is not permitted already.
 */
export function environmentVariable(name: string): string | undefined {
  const { process, Deno } = globalThis as Runtimes;
  try {
    const asked = Deno?.permissions?.querySync({ name: 'env', variable: name });
    return asked && asked.state !== 'granted' ? undefined : process?.env?.[name];
  } catch {
    return undefined; // In Next.js, edge functions have a `process` that throws when it is asked for more.
  }
}
