/** Templates that do little in each step, as Go counts them, but all the more: they once held up the thread for minutes. */
import { expect, it } from 'vitest';
import { expand, parseTemplate } from '../../src/features/alerting/template/template.ts';
import { languageOf } from '../../src/promql/language.ts';

async function expanded(template: string): Promise<string> {
  const data = { labels: { a: 'b' }, value: 1, time: 0, language: languageOf({}) };
  return expand(parseTemplate(template), data);
}

const x = (count: number, text: string) => text.repeat(count);
/** A variable with 60,000 characters. */
const long = `{{ $x := "${x(60_000, 'x')}" }}`;
const often = (what: string) => `${long}{{ range 20000 }}{{ $y := ${what} }}{{ end }}`;
const maps = `{{ $m := args "a" }}${x(40, '{{ $m = args $m $m }}')}`;

it.each([
  ['shows a map that has the same map twice, again and again', `${maps}{{ $m }}`, /too many steps/],
  ['prints it', `${maps}{{ $y := print $m }}`, /too many steps/],
  ['prints very many texts', `${long}{{ $y := print${x(20_000, ' $x')} }}`, /too many steps/],
  ['formats a long text often', often('printf "%s" $x'), /too many steps/],
  ['changes a long text often', often('toUpper $x'), /too many steps/],
  ['compares a long text often', often('eq $x $x'), /too many steps/],
  ['searches a long text often', often('match "(a|b)*c" $x'), /too many steps/],
  ['compiles large patterns often', often('match "(a|b){1000}" ""'), /too many steps/],
  ['replaces by a long text', `${long}{{ $y := reReplaceAll "x" $x $x }}`, /result is longer/],
  [
    'replaces by very many groups',
    `${long}{{ $y := reReplaceAll "(x+)" "${x(20_000, '$1')}" $x }}`,
    /result is longer/,
  ],
])('a template that %s is stopped', async (_, template, problem) => {
  expect(await expanded(template)).toMatch(problem);
});

it('a template may look at long texts', async () => {
  const sound = `${long}{{ range 20 }}{{ $y := toUpper $x }}{{ end }}{{ len $x }}`;
  expect(await expanded(sound)).toBe('60000');
});
