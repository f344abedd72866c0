import type { FeaturePart } from '../../../protocol/feature.ts';
import { HTTP_PART } from './http-part.ts';

const text = async () => (await import('../../part-text.ts')).partText;

/** What answers the HTTP API. It is loaded when somebody asks for that: a page hardly ever does. */
export const httpPart: FeaturePart = {
  name: HTTP_PART,
  code: {
    url: () => new URL('./promql-http-part.js', import.meta.url),
    text,
    module: () => import('./part.ts'),
  },
};

/** What `promql()` answers if its part cannot load that by the URL. */
export const httpAnswers = { [HTTP_PART]: text };
