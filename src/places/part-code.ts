import { JOINED } from '../links/feature-code.ts';
import type { PartConfig, PartModule } from '../protocol/feature.ts';

type CommonModule = (module: { exports: PartModule }, exports: object) => void;

/** Modules that the application's own worker has brought along. */
const offered = new Map<string, PartModule>();

/**
 * Gives the code of a feature's part to the collector in this worker. It is for applications that start the
 * worker themselves, from a file that imports this one and the part.
 */
export function offerPart(part: PartModule): void {
  offered.set(part.name, part);
}

/** The code of a part, in a worker. */
export async function partInWorker({ name, url }: PartConfig): Promise<PartModule> {
  const here = offered.get(name) ?? joinedPart(name);
  if (here?.name === name) return here;
  if (!url) throw new Error(`the worker has no code of the feature "${name}"`);
  // Bundlers that read the worker must leave this alone: only the page knows what stands here.
  return import(/* @vite-ignore */ /* webpackIgnore: true */ url);
}

/** What came with the text of the worker. `undefined` if it throws: the file may still serve. */
function joinedPart(name: string): PartModule | undefined {
  const { [JOINED]: joined = {} } = globalThis as { [JOINED]?: Record<string, CommonModule> };
  if (!Object.hasOwn(joined, name)) return undefined;
  const module = { exports: {} as PartModule };
  try {
    joined[name]!(module, module.exports);
  } catch {
    return undefined;
  }
  return module.exports;
}
