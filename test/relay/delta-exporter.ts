/** Makes the exporters by which pages send deltas to a relay. */
import { OTLPExporter, type OTLPOptions, RelayExporter } from 'utilityfog-telemetry';

export const FORMS = ['protobuf', 'json', 'compact'] as const;
export type Form = (typeof FORMS)[number];

export function deltaExporter(form: Form, options: OTLPOptions): OTLPExporter | RelayExporter {
  if (form === 'compact') return new RelayExporter(options);
  return new OTLPExporter({ temporality: 'delta', encoding: form, ...options });
}
