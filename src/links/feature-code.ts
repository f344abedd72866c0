import { textOf } from '../model.ts';
import { clock } from '../platform/clock.ts';
import type { Feature, FeaturePart, PartConfig, PartModule } from '../protocol/feature.ts';
import type { SoleService } from '../protocol/service.ts';

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
  const atOnce = features.flatMap(withNeeds);
  const all = [...atOnce, ...features.flatMap(({ later = [] }) => later)];
  return {
    parts: atOnce.map(configOf),
    async withParts(workerText) {
      const texts = await Promise.all(atOnce.map(({ code }) => textOfPart(code)));
      // Each part has a scope of its own, as a module has. Its code runs when the worker asks for it.
      const parts = atOnce.flatMap(({ name }, i) =>
        texts[i] === undefined
          ? []
          : [`${JSON.stringify(name)}: (module, exports) => { ${texts[i]}\n}`],
      );
      return `globalThis.${JOINED} = {${parts.join(',')}};\n${workerText}`;
    },
    load: async ({ name }) => all.find((part) => part.name === name)!.code.module(),
  };
}

/** Returns the feature behind the parts that must start before its own. */
function withNeeds(feature: Feature): (Feature | FeaturePart)[] {
  return [...(feature.needs ?? []), feature];
}

function configOf({ name, config, code, ...more }: FeaturePart | Feature): PartConfig {
  const later = 'later' in more && more.later?.map(configOf);
  return { name, config, url: urlOf(code), ...(later && { later }) };
}

/** Which features each collector was told of after it was made. */
const told = new WeakMap<object, Map<Feature, Promise<void>>>();

/** Tells a collector of features that it was made without. Resolves when their parts run. Never rejects. */
export async function addLate(
  service: SoleService,
  features: readonly Feature[],
  host: { fail(reason: string, message: string): void },
): Promise<void> {
  const added = told.get(service) ?? new Map<Feature, Promise<void>>();
  told.set(service, added);
  for (const feature of features) {
    const adding =
      added.get(feature) ??
      add(service, feature).catch((error) => {
        const remedy = 'give it to the collector: new TelemetryCollector({ use: [...] })';
        host.fail('feature', `${feature.name} cannot be added: ${textOf(error)}; ${remedy}`);
      });
    added.set(feature, adding);
    await adding;
  }
}

async function add(service: SoleService, feature: Feature): Promise<void> {
  for (const one of withNeeds(feature)) {
    const part = configOf(one);
    try {
      await service.addPart(part);
    } catch {
      // The text is large, and mostly the worker can import the URL.
      await service.addPart({ ...part, text: await textOfPart(one.code) });
    }
  }
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
