import { CONTENT_TYPES } from '../model.ts';
import { type Format, textWriter } from './format.ts';
import { renderPrometheusText } from './prometheus-text.ts';

/** Writes in one step. This is for places where little is written and every byte of code counts. */
export const prometheusText: Format = {
  name: 'prometheus',
  mediaTypes: [
    {
      type: 'text/plain',
      contentType: CONTENT_TYPES.prometheus,
      version: '0.0.4',
      escapes: 'legacy',
    },
    {
      type: 'text/plain',
      contentType: 'text/plain; version=1.0.0; charset=utf-8',
      version: '1.0.0',
      escapes: 'any',
      alwaysTellsEscaping: true,
    },
  ],
  open: () => textWriter(renderPrometheusText),
};
