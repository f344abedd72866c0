/** Rule files, good and bad, each with what Prometheus 3 says of it. */

const rule = (text: string) => `groups: [{name: g, rules: [${text}]}]`;
const group = (text: string) => `groups: [{name: g, rules: [], ${text}}]`;

/** What a file is called, and its text. */
export type Case = readonly [name: string, text: string];

export const GOOD: readonly Case[] = [
  ['nothing', ''],
  ['a comment', '# nothing\n'],
  ['no groups', 'groups:\n'],
  ['an empty list of groups', 'groups: []'],
  ['a group without rules', 'groups: [{name: g}]'],
  ['JSON', '{"groups": [{"name": "g", "rules": [{"record": "a", "expr": "up"}]}]}'],
  ['a recording rule', rule('{record: "a:b", expr: up, labels: {x: y}}')],
  ['a record without colons', rule('{record: a, expr: up}')],
  [
    'an alert with everything',
    `groups:
  - name: g
    interval: 1m30s
    limit: 10
    rules:
      - alert: A b
        expr: |
          sum by (x) (
            rate(a_total[5m])
          ) > 1
        for: 1h
        keep_firing_for: 5m
        labels: {severity: page}
        annotations:
          summary: >-
            many
            words
          description: 'it''s {{ $value }} of {{ $labels.x }}'
`,
  ],
  [
    'quoted texts that end at the margin',
    'groups:\n- name: g\n  rules:\n  - record: a\n    expr: \'up{\n  a="b"\n}\'\n    labels: { x: "a\nb" }\n',
  ],
  ['a number as expression', rule('{record: a, expr: 1}')],
  ['a number as label', rule('{alert: a, expr: up, labels: {x: 1, y: 1.50, z: true, n: null}}')],
  ['an empty label', rule('{alert: a, expr: up, labels: {x: ""}}')],
  [
    'no labels after all',
    'groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    labels:\n    annotations:\n',
  ],
  ['durations of zero', rule('{alert: a, expr: up, for: 0, keep_firing_for: 0s}')],
  ['a duration that is null', rule('{alert: a, expr: up, for: ~}')],
  ['a long duration', rule('{alert: a, expr: up, for: 1y2w3d4h5m6s7ms}')],
  ['for: 0s in a recording rule', rule('{record: a, expr: up, for: 0s}')],
  ['a limit in hexadecimal', group('limit: 0x10')],
  ['a limit with underscores', group('limit: 1_000')],
  ['a limit that is a float', group('limit: 1.5')],
  ['an octal limit', group('limit: 017')],
  ['a negative limit', group('limit: -1')],
  ['an interval of zero', group('interval: 0s')],
  ['the same rule twice', rule('{record: a, expr: up}, {record: a, expr: up}')],
  ['a rule that reads itself', rule('{record: a, expr: a + 1}')],
  ['a number as name of a group', 'groups: [{name: 1, rules: []}]'],
  ['an alert name of any characters', rule('{alert: "a-b {} ä", expr: up}')],
  [
    'anchors and aliases',
    'groups:\n- name: g\n  rules:\n  - &a {alert: a, expr: up, labels: &l {x: y}}\n  - *a\n  - {alert: b, expr: up, labels: *l}\n',
  ],
  [
    'merged mappings',
    'groups:\n- name: g\n  rules:\n  - &a {alert: a, expr: up}\n  - {<<: *a, for: 5m}\n  - {<<: [*a, {for: 1m}], alert: c}\n',
  ],
  ['a second document', `${rule('{record: a, expr: up}')}\n---\nx: 1\n`],
  ['a document marker', `---\n${rule('{record: a, expr: up}')}\n...\n`],
  ['a text with a tag', rule('{record: !!str a, expr: up}')],
  ['tabs between', 'groups:\n- name:\tg\n  rules: [] \t# none\n'],
  ['a rule that is null', rule('~')],
  ['a group that is null', 'groups: [~, {name: g}]'],
  ['CRLF', 'groups:\r\n- name: g\r\n  rules:\r\n  - record: a\r\n    expr: up\r\n'],
  ['a byte order mark', `\ufeff${rule('{record: a, expr: up}')}`],
  ['a template without actions', rule('{alert: a, expr: up, annotations: {x: "}} 100%"}}')],
];

export const BAD: readonly Case[] = [
  ['a text', 'groups'],
  ['a list', '- groups'],
  ['groups that are a mapping', 'groups: {name: g}'],
  ['groups that are a text', 'groups: x'],
  ['a group that is a text', 'groups: [x]'],
  ['rules that are a mapping', 'groups: [{name: g, rules: {record: a, expr: up}}]'],
  ['an unknown field of the file', 'groups: []\nrules: []'],
  ['an unknown field of a group', group('x: 1')],
  ['an unknown field of a rule', rule('{record: a, expr: up, x: 1}')],
  ['a field in other letters', rule('{record: a, Expr: up}')],
  ['no name', 'groups: [{rules: []}]'],
  ['an empty name', 'groups: [{name: "", rules: []}]'],
  ['the same group twice', 'groups: [{name: g, rules: []}, {name: g, rules: []}]'],
  ['a field twice', rule('{record: a, expr: up, expr: up}')],
  ['a label twice', rule('{record: a, expr: up, labels: {x: 1, x: 2}}')],
  ['neither record nor alert', rule('{expr: up}')],
  ['both record and alert', rule('{record: a, alert: b, expr: up}')],
  ['an empty rule', rule('{}')],
  ['no expression', rule('{record: a}')],
  ['an empty expression', rule('{record: a, expr: ""}')],
  ['an expression that is null', rule('{record: a, expr: }')],
  ['an expression that does not parse', rule('{record: a, expr: "sum("}')],
  ['an expression of a wrong type', rule('{record: a, expr: "rate(x)"}')],
  ['an unknown function', rule('{record: a, expr: "foo(x)"}')],
  ['an expression that is a list', rule('{record: a, expr: [up]}')],
  ['an unknown unit', rule('{alert: a, expr: up, for: 5x}')],
  ['a duration without unit', rule('{alert: a, expr: up, for: 5}')],
  ['an empty duration', rule('{alert: a, expr: up, for: ""}')],
  ['a negative duration', rule('{alert: a, expr: up, for: -5m}')],
  ['a duration with spaces', rule('{alert: a, expr: up, for: "1h 5m"}')],
  ['a duration in the wrong order', rule('{alert: a, expr: up, for: 5m1h}')],
  ['a fraction of a duration', rule('{alert: a, expr: up, for: 1.5h}')],
  ['a duration of 300 years', rule('{alert: a, expr: up, for: 300y}')],
  ['for in a recording rule', rule('{record: a, expr: up, for: 5m}')],
  ['keep_firing_for in a recording rule', rule('{record: a, expr: up, keep_firing_for: 5m}')],
  ['annotations in a recording rule', rule('{record: a, expr: up, annotations: {x: y}}')],
  ['a record with braces', rule('{record: "a{b=\\"c\\"}", expr: up}')],
  ['a label called __name__', rule('{record: a, expr: up, labels: {__name__: x}}')],
  ['an empty name of a label', rule('{record: a, expr: up, labels: {"": x}}')],
  ['labels that are a list', rule('{record: a, expr: up, labels: [x]}')],
  ['a label that is a list', rule('{record: a, expr: up, labels: {x: [1]}}')],
  ['a limit that is a text', group('limit: "5"')],
  ['a limit that is a word', group('limit: many')],
  ['a tab as indentation', 'groups:\n\t- name: g\n'],
  ['a list that does not end', 'groups: [{name: g'],
  ['a quote that does not end', 'groups: [{name: "g'],
  ['an unknown alias', 'groups: *x'],
  ['an alias of itself', 'groups: &x [*x]'],
  ['two values in a line', 'groups: a: b'],
];

/** Prometheus 2.42 says something else of these. */
export const DIFFERENT_IN_2_42: readonly (readonly [...Case, valid: boolean])[] = [
  ['a name of any characters', rule('{record: "a-b.c", expr: up}'), true],
  ['a label of any characters', rule('{alert: a, expr: up, labels: {"a-b": x}}'), true],
  ['an annotation of any characters', rule('{alert: a, expr: up, annotations: {"a-b": x}}'), true],
  ['query_offset', group('query_offset: 1m'), true],
  ['labels of a group', group('labels: {x: y}'), true],
  ['a label of a group called __name__', group('labels: {__name__: y}'), false],
  // Our YAML parser does not take a tab here. Prometheus does.
  ['a tab before a bracket', 'groups:\t[]', false],
];
