// @vitest-environment happy-dom
/** Tests the field for an expression in the query view of the demo. */
import { beforeEach, expect, test } from 'vitest';
import { ExpressionField } from '../../demo/query/expression-field.ts';

let area: HTMLTextAreaElement;
let list: HTMLElement;
let field: ExpressionField;
let isKnown: boolean;

beforeEach(() => {
  document.body.innerHTML =
    '<div><textarea></textarea><pre></pre><div role="listbox" hidden></div></div><button></button>';
  area = document.querySelector('textarea')!;
  list = document.querySelector('[role=listbox]')!;
  isKnown = false;
  const level = { kind: 'label', name: 'level', hint: '', insert: 'level="' } as const;
  field = new ExpressionField(document.querySelector('div')!, {
    changed() {},
    submitted() {},
    complete: (_, cursor) =>
      isKnown ? { from: cursor, to: cursor, options: [level], complete: false } : undefined,
  });
  area.focus();
  area.value = 'foglets_alive{';
  area.dispatchEvent(new Event('input'));
});

test('offers what is known only after somebody has written', () => {
  expect(list.hidden).toBe(true);
  isKnown = true;
  field.offerAgain();
  expect(list.hidden).toBe(false);
  expect(list.textContent).toContain('level');
});

test('offers nothing to somebody who has gone elsewhere', () => {
  document.querySelector('button')!.focus();
  isKnown = true;
  field.offerAgain();
  expect(list.hidden).toBe(true);
});
