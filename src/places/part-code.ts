import { JOINED } from '../links/feature-code.ts';
import type { PartConfig, PartModule } from '../protocol/feature.ts';

type CommonModule = (module: { exports: PartModule }, exports: object) => void;

/** Modules that the application's own worker has imported and offered. */
const offered = new Map<string, PartModule>();

/**
 * Gives the code of a feature's part to the collector in this worker. It is for applications that start the
 * worker themselves, from a file that imports both this function and the part.
 * @example
 * ```ts browser
 * import { offerPart } from 'utilityfog-telemetry/worker';
 *
 * // In a worker of your own: the part of a feature, which it finds without loading a file.
 * offerPart({ name: 'reporter', start: () => ({ sampled: () => {} }) });
 * ```
 */
export function offerPart(part: PartModule): void {
  offered.set(part.name, part);
}

/** Finds the code of a part, in a worker. */
export async function partInWorker({ name, url, text }: PartConfig): Promise<PartModule> {
  const here = offered.get(name) ?? joinedPart(name);
  if (here?.name === name) return here;
  if (text) return moduleOf(new Function('module', 'exports', text) as CommonModule);
  if (!url) throw new Error(`the worker has no code of the feature "${name}"`);
  // Bundlers that read the worker must not touch this import: only the page knows the URL.
  return import(/* @vite-ignore */ /* webpackIgnore: true */ url);
}

/**
 * Runs the code that came with the text of the worker. Returns `undefined` if it throws: the file may still
 * work.
 */
function joinedPart(name: string): PartModule | undefined {
  const { [JOINED]: joined = {} } = globalThis as { [JOINED]?: Record<string, CommonModule> };
  if (!Object.hasOwn(joined, name)) return undefined;
  try {
    return moduleOf(joined[name]!);
  } catch {
    return undefined;
  }
}

function moduleOf(code: CommonModule): PartModule {
  const module = { exports: {} as PartModule };
  code(module, module.exports);
  return module.exports;
}
