import { CONTENT_TYPES } from '../model.ts';
import { type Format, textWriter } from './format.ts';
import { renderPrometheusText } from './prometheus-text.ts';

/** Writes in one step. This is for places where little is written and every byte of code counts. */
export const prometheusText: Format = {
  name: 'prometheus',
  mediaTypes: [
    { type: 'text/plain', contentType: CONTENT_TYPES.prometheus },
    // Whoever understands this type also understands ours.
    { type: 'application/openmetrics-text', contentType: CONTENT_TYPES.prometheus },
  ],
  open: () => textWriter(renderPrometheusText),
};
