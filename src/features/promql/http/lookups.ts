import { compareBytes } from '../../../promql/label-set.ts';
import { Refused } from '../refused.ts';
import type { Answer, Served } from '../served.ts';
import type { Form } from './form.ts';
import { whole } from './values.ts';

/** The version of Prometheus whose answers these are. Clients tell by it what they may ask. */
const VERSION = '3.14.0';

/** `/api/v1/status/buildinfo` */
export function buildInfo(): Answer {
  const unknown = { branch: '', buildUser: '', buildDate: '', goVersion: '' };
  return { data: { version: VERSION, revision: 'utilityfog-telemetry', ...unknown } };
}

/** `/api/v1/metadata` */
export function metadata(form: Form, { history }: Served): Answer {
  const most = numberOf(form, 'limit');
  numberOf(form, 'limit_per_metric');
  const metric = form.get('metric');
  const all = history.metadata();
  const names = metric === '' ? [...all.keys()].sort(compareBytes) : [metric];
  const known = names.filter((name) => all.has(name)).slice(0, most < 0 ? undefined : most);
  // There is one collector, so each family has one entry.
  return { data: Object.fromEntries(known.map((name) => [name, [all.get(name)]])) };
}

/** Returns the number that a parameter gives; -1 if there is none. */
function numberOf(form: Form, name: string): number {
  const text = form.get(name);
  const found = text === '' ? -1 : whole(text);
  if (found === undefined) throw new Refused('bad_data', `${name} must be a number`);
  return found;
}
