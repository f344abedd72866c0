import type { FeaturePart } from '../../../protocol/feature.ts';
import { YAML_PART } from './yaml-part.ts';

/** What reads YAML. `alerting()` needs it if rules are given as texts. */
export const yamlPart: FeaturePart = {
  name: YAML_PART,
  code: {
    url: () => new URL('./alerting-yaml-part.js', import.meta.url),
    text: async () => (await import('../../part-text.ts')).partText,
    module: () => import('./part.ts'),
  },
};
