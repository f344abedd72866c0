import type { Matcher } from '../../../promql/matcher.ts';
import { filterPatiently } from '../../../promql/patient-select.ts';
import type { AlertingRule, RecordingRule, RuleGroup } from '../query-part.ts';
import { invalidParameter, Refused, Wrong } from '../refused.ts';
import type { Answer, Served } from '../served.ts';
import type { Form } from './form.ts';
import { patienceUntil, selectorsIn } from './selectors.ts';
import { quoted, whole } from './values.ts';

/** What `type` may be, and which rules it means. */
const TYPES: Readonly<Record<string, string>> = { alert: 'alerting', record: 'recording' };
const YES = ['1', 't', 'true'];
const NO = ['', '0', 'f', 'false'];

/** `/api/v1/alerts` */
export async function alerts(_: Form, { alerting }: Served): Promise<Answer> {
  return { data: { alerts: alerting?.alerts() ?? [] } };
}

/** `/api/v1/rules` */
export async function rules(form: Form, served: Served, signal: AbortSignal): Promise<Answer> {
  const isWanted = ruleFilter(form);
  const wanted = selectors(form, served);
  const patience = patienceUntil(signal);
  const isWithAlerts = withAlerts(form);
  const { most, token } = pageOf(form);
  const isGroup = filter(form.all('rule_group[]'));
  const isFile = filter(form.all('file[]'));
  const all = served.alerting?.rules() ?? [];
  const from = token === '' ? 0 : all.findIndex((group) => tokenOf(group) === token);
  if (from < 0) {
    const why = `invalid group_next_token '${token}'. were rule groups changed?`;
    throw invalidParameter('group_next_token', why);
  }
  const groups: object[] = [];
  for (const group of all.slice(from)) {
    if (!isGroup(group.name) || !isFile(group.file)) continue;
    const named = group.rules.filter(isWanted);
    const rules =
      wanted.length === 0
        ? named
        : await filterPatiently(named, wanted, ({ labels }, name) => labels[name] ?? '', patience);
    if (rules.length === 0) continue;
    if (groups.length === most) return { data: { groups, groupNextToken: tokenOf(group) } };
    groups.push({ ...group, rules: isWithAlerts ? rules : rules.map(withoutAlerts) });
  }
  return { data: { groups } };
}

function selectors(form: Form, served: Served): (readonly Matcher[])[] {
  try {
    return selectorsIn(form, served);
  } catch (error) {
    throw error instanceof Wrong ? new Refused('bad_data', error.message) : error;
  }
}

type Rule = AlertingRule | RecordingRule;

function ruleFilter(form: Form) {
  const type = form.get('type').toLowerCase();
  if (type !== '' && !Object.hasOwn(TYPES, type)) {
    throw invalidParameter('type', `not supported value ${quoted(type)}`);
  }
  const isName = filter(form.all('rule_name[]'));
  return (rule: Rule) => isName(rule.name) && (type === '' || rule.type === TYPES[type]);
}

function filter(values: readonly string[]): (value: string) => boolean {
  const wanted = new Set(values);
  return (value) => wanted.size === 0 || wanted.has(value);
}

function withAlerts(form: Form): boolean {
  const given = form.get('exclude_alerts').toLowerCase();
  if (NO.includes(given)) return true;
  if (YES.includes(given)) return false;
  const why = `error converting exclude_alerts: strconv.ParseBool: parsing ${quoted(given)}: invalid syntax`;
  throw invalidParameter('exclude_alerts', why);
}

function withoutAlerts(rule: Rule): object {
  return rule.type === 'alerting' ? { ...rule, alerts: null } : rule;
}

/** Returns how many groups are wanted, and which is the first. */
function pageOf(form: Form): { most: number; token: string } {
  const text = form.get('group_limit');
  const token = form.get('group_next_token');
  if (text === '') {
    if (token === '') return { most: Infinity, token };
    const why = 'group_limit needs to be present in order to paginate over the groups';
    throw invalidParameter('group_next_token', why);
  }
  const most = whole(text);
  if (most === undefined) {
    const why = `group_limit needs to be a valid number: strconv.ParseInt: parsing ${quoted(text)}: invalid syntax`;
    throw invalidParameter('group_limit', why);
  }
  if (most <= 0) throw invalidParameter('group_limit', 'group_limit needs to be greater than 0');
  return { most, token };
}

/** Names a group. Clients take it as it is. */
function tokenOf({ file, name }: RuleGroup): string {
  return `${file};${name}`;
}
