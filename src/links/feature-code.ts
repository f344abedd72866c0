import { textOf } from '../model.ts';
import type { Feature, PartConfig, PartModule } from '../protocol/feature.ts';

/** Where the text of a worker that was started from text has the code of parts. */
export const JOINED = 'utilityfogParts';

/** How the parts of the features that an application uses reach the collector. */
export interface FeatureCode {
  readonly parts: readonly PartConfig[];
  /** The text of a worker, with the code of those parts that there are as text. */
  joined(workerText: string): Promise<string>;
  /** The code of a part in this very thread. */
  load(part: PartConfig): Promise<PartModule>;
}

export function featureCode(features: readonly Feature[]): FeatureCode {
  return {
    parts: features.map(({ name, config, code }) => ({ name, config, url: urlOf(code) })),
    async joined(workerText) {
      const texts = await Promise.all(features.map(({ code }) => code.text?.()));
      // Each has a scope of its own, as in a module. Nothing of it runs before it is asked for.
      const parts = texts
        .filter((text) => text !== undefined)
        .map((text) => `(module, exports) => { ${text}\n}`);
      return `globalThis.${JOINED} = [${parts.join(',')}];\n${workerText}`;
    },
    load: async ({ name }) => features.find((feature) => feature.name === name)!.code.module(),
  };
}

/** None where the code was built as a classic script, which does not know where it came from. */
function urlOf(code: Feature['code']): string | undefined {
  try {
    return code.url && textOf(code.url());
  } catch {
    return undefined;
  }
}
