import { CONTENT_TYPES } from '../model.ts';
import { type Format, textWriter } from './format.ts';
import { renderPrometheusText } from './prometheus-text.ts';

/** Written in one step: for places where little is written, and every byte of code counts. */
export const prometheusText: Format = {
  name: 'prometheus',
  mediaTypes: [
    { type: 'text/plain', contentType: CONTENT_TYPES.prometheus },
    // Who understands that one understands ours.
    { type: 'application/openmetrics-text', contentType: CONTENT_TYPES.prometheus },
  ],
  open: () => textWriter(renderPrometheusText),
};
