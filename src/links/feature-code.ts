import { textOf } from '../model.ts';
import { clock } from '../platform/clock.ts';
import type { Feature, PartConfig, PartModule } from '../protocol/feature.ts';

/** The global under which a worker that was started from text finds the code of parts, by their names. */
export const JOINED = 'utilityfogParts';

/** How long the text of a part may take to load. Workers that start at the same time wait for it. Seconds. */
const TEXT_DEADLINE = 3;

/** How the parts of the features that an application uses reach the collector. */
export interface CodeOfParts {
  readonly parts: readonly PartConfig[];
  /** Resolves to the text of a worker, joined with the code of those parts that are available as text. */
  withParts(workerText: string): Promise<string>;
  /** Loads the code of a part into this very thread. */
  load(part: PartConfig): Promise<PartModule>;
}

export function codeOfParts(features: readonly Feature[]): CodeOfParts {
  return {
    parts: features.map(({ name, config, code }) => ({ name, config, url: urlOf(code) })),
    async withParts(workerText) {
      const texts = await Promise.all(features.map(({ code }) => textOfPart(code)));
      // Each part has a scope of its own, as a module has. Its code runs when the worker asks for it.
      const parts = features.flatMap(({ name }, i) =>
        texts[i] === undefined
          ? []
          : [`${JSON.stringify(name)}: (module, exports) => { ${texts[i]}\n}`],
      );
      return `globalThis.${JOINED} = {${parts.join(',')}};\n${workerText}`;
    },
    load: async ({ name }) => features.find((feature) => feature.name === name)!.code.module(),
  };
}

/**
 * Returns the URL of the code; `undefined` if the code was built as a classic script, which does not know
 * its own address.
 */
function urlOf(code: Feature['code']): string | undefined {
  try {
    return code.url && textOf(code.url());
  } catch {
    return undefined;
  }
}

/**
 * Resolves to the text of a part, or to `undefined` if it does not come in time. The worker may import the
 * file instead.
 */
async function textOfPart(code: Feature['code']): Promise<string | undefined> {
  let text: string | undefined;
  const asked = async () => {
    text = await code.text?.();
  };
  await clock.within(TEXT_DEADLINE, asked());
  return text;
}
