/**
 * Makes all modules of this process that load prom-client get this library in its place, also those of other packages:
 * `node --import utilityfog-telemetry/prom-client/register app.js`. It is for Node.
 */
import type NodeModule from 'node:module';
import { nodeBuiltin } from '../../platform/node-builtin.ts';

/** Where a module is, for the loader. */
interface Resolved {
  readonly url: string;
  readonly format?: string | undefined;
  readonly shortCircuit?: boolean | undefined;
}

type Resolve = (
  specifier: string,
  context: { readonly conditions: readonly string[] },
  next: (specifier: string, context: object) => Resolved,
) => Resolved;

type Module = typeof NodeModule & {
  registerHooks?(hooks: { readonly resolve: Resolve }): void;
  _resolveFilename(request: string, ...rest: unknown[]): string;
};

const NAME = 'prom-client';
const MODULE = new URL('../prom-client-node.js', import.meta.url).href;
const COMMON_JS = new URL('../prom-client.cjs', import.meta.url);

/** Is run by the loader of Node, in a thread of its own. */
const HOOK = `export async function resolve(specifier, context, next) {
  if (specifier !== '${NAME}') return next(specifier, context);
  return { url: '${MODULE}', format: 'module', shortCircuit: true };
}`;

function replaceInModules(module: Module): void {
  if (typeof module.registerHooks === 'function') {
    module.registerHooks({
      resolve(specifier, context, next) {
        if (specifier !== NAME) return next(specifier, context);
        const isRequired = context.conditions.includes('require');
        return {
          url: isRequired ? COMMON_JS.href : MODULE,
          format: isRequired ? 'commonjs' : 'module',
          shortCircuit: true,
        };
      },
    });
    return;
  }
  // Before 22.15, Node had a way for each of the two kinds of modules.
  module.register(`data:text/javascript,${encodeURIComponent(HOOK)}`);
  const resolve = module._resolveFilename;
  const file = nodeBuiltin('node:url')!.fileURLToPath(COMMON_JS);
  module._resolveFilename = function (request, ...rest) {
    return request === NAME ? file : resolve.call(this, request, ...rest);
  };
}

const module = nodeBuiltin('node:module') as Module | undefined;
if (typeof module?.register !== 'function') {
  throw new Error(
    'utilityfog-telemetry/prom-client/register needs Node; elsewhere, give your bundler or import map an alias',
  );
}
replaceInModules(module);
