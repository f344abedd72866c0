// An edge function loads this file if it writes Prometheus text.
export { renderPrometheusText } from '../formats/prometheus-text.ts';
