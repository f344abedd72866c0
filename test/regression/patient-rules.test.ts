/** Regular expressions in `match[]` of `/api/v1/rules` once occupied the thread until all rules were looked at. */
import { alerting } from 'utilityfog-telemetry/alerting';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';

/** Resolves to how many times the event loop has turned meanwhile. */
async function turnsUntil(done: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await done;
  isOver = true;
  return turns;
}

it('regular expressions of a request for rules let the thread do other things', async () => {
  const rule = (i: number) => ({
    ...{ alert: `A${i}`, expr: 'vector(1)' },
    labels: { long: `${'aab'.repeat(1000)}${i}` },
  });
  const groups = [{ name: 'g', rules: Array.from({ length: 20 }, (_, i) => rule(i)) }];
  const collector = makeCollector({ use: [history(), promql(), alerting({ rules: { groups } })] });
  const handle = collector.handler({ api: true });
  const ask = async (match: string) => {
    const query = `match[]=${encodeURIComponent(match)}`;
    const response = await handle(new Request(`http://localhost/api/v1/rules?${query}`));
    const { data } = (await response.json()) as { data: { groups: { rules: object[] }[] } };
    return data.groups.flatMap(({ rules }) => rules).length;
  };
  expect(await ask('{long=~"(?:a|b)*[0-4]"}')).toBe(5);
  const plain = await turnsUntil(ask('{long="a"}'));
  expect(await turnsUntil(ask('{long=~"(a|b)*a(a|b){500}[0-4]"}'))).toBeGreaterThan(plain + 20);
});
