type Builtins = {
  'node:async_hooks': typeof import('node:async_hooks');
  'node:cluster': typeof import('node:cluster').default;
  'node:diagnostics_channel': typeof import('node:diagnostics_channel');
  'node:fs': typeof import('node:fs');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:http': typeof import('node:http');
  'node:https': typeof import('node:https');
  'node:module': typeof import('node:module');
  'node:net': typeof import('node:net');
  'node:os': typeof import('node:os');
  'node:path': typeof import('node:path');
  'node:perf_hooks': typeof import('node:perf_hooks');
  'node:url': typeof import('node:url');
  'node:util': typeof import('node:util');
  'node:v8': typeof import('node:v8');
  'node:worker_threads': typeof import('node:worker_threads');
  'node:zlib': typeof import('node:zlib');
};

/**
 * Returns a module of Node, Deno or Bun, or `undefined` if there is none. An import statement would break
 * web bundles, and ES modules have no `require`.
 */
export function nodeBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown } | undefined;
  };
  try {
    return process?.getBuiltinModule?.(name) as Builtins[Name] | undefined;
  } catch {
    return undefined; // In Next.js, edge functions have a `process` that throws when it is asked for more.
  }
}
