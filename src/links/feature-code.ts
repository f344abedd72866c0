import { textOf } from '../model.ts';
import { clock } from '../platform/clock.ts';
import type { Feature, PartConfig, PartModule } from '../protocol/feature.ts';

/** The global under which a worker that was started from text finds the code of parts, by their names. */
export const JOINED = 'utilityfogParts';

/** So long the text of a part may take to load: workers that start at the same time wait for it. Seconds. */
const TEXT_DEADLINE = 3;

/** How the parts of the features that an application uses reach the collector. */
export interface CodeOfParts {
  readonly parts: readonly PartConfig[];
  /** The text of a worker, with the code of those parts that there are as text. */
  joined(workerText: string): Promise<string>;
  /** The code of a part in this very thread. */
  load(part: PartConfig): Promise<PartModule>;
}

export function codeOfParts(features: readonly Feature[]): CodeOfParts {
  return {
    parts: features.map(({ name, config, code }) => ({ name, config, url: urlOf(code) })),
    async joined(workerText) {
      const texts = await Promise.all(features.map(({ code }) => textOfPart(code)));
      // Each has a scope of its own, as in a module. It runs when it is asked for.
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

/** `undefined` where the code was built as a classic script, which does not know where it came from. */
function urlOf(code: Feature['code']): string | undefined {
  try {
    return code.url && textOf(code.url());
  } catch {
    return undefined;
  }
}

/** `undefined` if it does not come in time. The worker may import the file instead. */
async function textOfPart(code: Feature['code']): Promise<string | undefined> {
  let text: string | undefined;
  const asked = async () => {
    text = await code.text?.();
  };
  await clock.within(TEXT_DEADLINE, asked());
  return text;
}
