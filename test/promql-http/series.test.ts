/** Tests what the HTTP API says of series, labels, families, rules and alerts. */
import type { Feature } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { collectorOf, END, form, PLACES, START, withQuery } from './asking.ts';

const SAMPLES = [[START, 1]] as const;
const SERIES = [
  { labels: { __name__: 'up', job: 'a' }, samples: SAMPLES },
  { labels: { __name__: 'up', job: 'b', 'data.center': 'ü' }, samples: [[START + 60, 1]] as const },
  { labels: { __name__: 'down', job: 'b', _x: '1' }, samples: SAMPLES },
];

describe.each(Object.entries(PLACES))('%s', (_, place) => {
  const data = async (path: string, init?: RequestInit) => {
    const ask = await place(collectorOf(SERIES));
    const { status, json } = await ask(path, init);
    expect(status).toBe(200);
    return (json as { data: unknown }).data;
  };

  it('finds series', async () => {
    expect(await data('series?match[]=up{job="a"}')).toEqual([{ __name__: 'up', job: 'a' }]);
    expect(await data('series?match[]=up&match[]={job="b"}')).toEqual([
      { __name__: 'down', _x: '1', job: 'b' },
      { __name__: 'up', 'data.center': 'ü', job: 'b' },
      { __name__: 'up', job: 'a' },
    ]);
    expect(await data('series?match[]=none')).toEqual([]);
    expect(await data('series?match[]=down', form(['match[]', 'up{job!="b"}']))).toHaveLength(2);
  });

  it('finds only series with samples then, both ends included', async () => {
    const between = (from: number, to: number) =>
      data(withQuery('series', ['match[]', 'up'], ['start', String(from)], ['end', String(to)]));
    expect(await between(START, START)).toEqual([{ __name__: 'up', job: 'a' }]);
    expect(await between(START + 0.001, START + 60)).toHaveLength(1);
    expect(await between(START + 61, END)).toEqual([]);
    expect(await between(END, START)).toEqual([]);
  });

  it('finds names and values of labels', async () => {
    expect(await data('labels')).toEqual(['__name__', '_x', 'data.center', 'job']);
    expect(await data('labels?match[]=down')).toEqual(['__name__', '_x', 'job']);
    expect(await data('labels?match[]=down&match[]=up')).toHaveLength(4);
    expect(await data('labels', form(['match[]', 'up{job="a"}']))).toEqual(['__name__', 'job']);
    expect(await data('label/__name__/values')).toEqual(['down', 'up']);
    expect(await data('label/__name__/values?match[]={job="a"}')).toEqual(['up']);
    expect(await data('label/job/values?match[]=down&match[]=up')).toEqual(['a', 'b']);
    expect(await data('label/none/values')).toEqual([]);
    expect(await data(`label/job/values?end=${START}`)).toEqual(['a', 'b']);
    expect(await data(`label/job/values?start=${START + 1}`)).toEqual(['b']);
  });

  it.each(['data.center', 'data%2Ecenter', 'U__data_2e_center', 'U__data_2E_center'])(
    'reads the label name %s',
    async (name) => {
      expect(await data(`label/${name}/values`)).toEqual(['ü']);
    },
  );

  it.each([
    ['U____x', ['1']],
    ['_x', ['1']],
    ['U__job', ['a', 'b']],
    ['U__job_', []],
    ['U__job_110000_', []],
    ['U__job_0000000_', []],
    ['%zz', []],
  ])('takes %s for the name that it escapes', async (name, values) => {
    expect(await data(`label/${name}/values`)).toEqual(values);
  });

  it('cuts what is more than was asked for', async () => {
    const ask = await place(collectorOf(SERIES));
    for (const path of ['labels?', 'label/job/values?', 'series?match[]=up&']) {
      const { json } = await ask(`${path}limit=1`);
      expect(json).toMatchObject({
        status: 'success',
        data: [expect.anything()],
        warnings: ['results truncated due to limit'],
      });
      expect((await ask(`${path}limit=10`)).json).not.toHaveProperty('warnings');
    }
  });

  it('knows what families are', async () => {
    const metadata = {
      up: { type: 'gauge', help: 'Up', unit: '' },
      seconds: { type: 'histogram', help: '', unit: 'seconds' },
    };
    const ask = await place(collectorOf(SERIES, { metadata }));
    const get = async (path: string) => ((await ask(path)).json as { data: unknown }).data;
    expect(await get('metadata')).toEqual({ seconds: [metadata.seconds], up: [metadata.up] });
    expect(await get('metadata?metric=up')).toEqual({ up: [metadata.up] });
    expect(await get('metadata?metric=none')).toEqual({});
    expect(await get('metadata?limit=1&limit_per_metric=1')).toEqual({
      seconds: [metadata.seconds],
    });
    expect(await get('metadata?limit=0')).toEqual({});
  });

  it('says which version of Prometheus it answers like', async () => {
    expect(await data('status/buildinfo')).toEqual({
      version: '3.14.0',
      revision: 'utilityfog-telemetry',
      branch: '',
      buildUser: '',
      buildDate: '',
      goVersion: '',
    });
  });

  it('formats queries', async () => {
    expect(await data(withQuery('format_query', ['query', 'up/on(job)down']))).toBe(
      'up / on (job) down',
    );
  });

  it('has no rules and alerts without alerting()', async () => {
    expect(await data('rules')).toEqual({ groups: [] });
    expect(await data('alerts')).toEqual({ alerts: [] });
  });
});

/** Stands for `alerting()`. */
const alert = {
  labels: { alertname: 'Down', severity: 'page' },
  annotations: { summary: 'it is down' },
  state: 'firing',
  activeAt: '2023-11-14T22:13:20Z',
  value: '1e+00',
};
const rest = { health: 'ok', evaluationTime: 0.001, lastEvaluation: '2023-11-14T22:14:20Z' };
const alertRule = {
  ...{ type: 'alerting', name: 'Down', query: 'up == 0', duration: 60, keepFiringFor: 0 },
  ...{ labels: { severity: 'page' }, annotations: {}, alerts: [alert], state: 'firing', ...rest },
};
const recordRule = {
  ...{ type: 'recording', name: 'job:up', query: 'sum by (job) (up)', labels: {}, ...rest },
};
const group = (name: string, file: string, rules: object[]) => ({
  ...{ name, file, rules, interval: 60, limit: 0, evaluationTime: 0.002 },
  lastEvaluation: '2023-11-14T22:14:20Z',
});
const GROUPS = [
  group('one', 'a.yml', [alertRule, recordRule]),
  group('two', 'a.yml', [recordRule]),
  group('three', 'b.yml', [{ ...alertRule, name: 'Slow', labels: {} }]),
];

const offering: Feature = {
  name: 'alerting',
  code: {
    module: async () => ({
      name: 'alerting',
      start: (host) => {
        const { offer } = host.part('promql') as never as { offer(offered: object): void };
        offer({ rules: () => GROUPS, alerts: () => [alert] });
        return {};
      },
    }),
  },
  api: () => undefined,
};

describe('rules and alerts that are offered', () => {
  const data = async (path: string) => {
    const ask = await PLACES['handler()'](collectorOf(SERIES, { after: [offering] }));
    return ((await ask(path)).json as { data: { groups: typeof GROUPS } }).data;
  };
  const names = async (path: string) =>
    (await data(path)).groups.map(({ name, rules }) => [
      name,
      ...rules.map((rule) => (rule as { name: string }).name),
    ]);
  const all = [
    ['one', 'Down', 'job:up'],
    ['two', 'job:up'],
    ['three', 'Slow'],
  ];

  it('are shown as they are', async () => {
    expect(await data('rules')).toEqual({ groups: GROUPS });
    expect(await data('alerts')).toEqual({ alerts: [alert] });
  });

  it.each([
    [
      'rules?type=alert',
      [
        ['one', 'Down'],
        ['three', 'Slow'],
      ],
    ],
    [
      'rules?type=Record',
      [
        ['one', 'job:up'],
        ['two', 'job:up'],
      ],
    ],
    [
      'rules?rule_name[]=Down&rule_name[]=Slow',
      [
        ['one', 'Down'],
        ['three', 'Slow'],
      ],
    ],
    ['rules?rule_group[]=two', [['two', 'job:up']]],
    ['rules?file[]=b.yml', [['three', 'Slow']]],
    ['rules?file[]=c.yml', []],
    ['rules?match[]={severity="page"}', [['one', 'Down']]],
    ['rules?match[]={severity="page"}&match[]={severity!="",x=""}', [['one', 'Down']]],
    ['rules?group_limit=10', all],
  ])('are filtered: %s', async (path, expected) => {
    expect(await names(path)).toEqual(expected);
  });

  it('are shown without their alerts', async () => {
    const { groups } = await data('rules?exclude_alerts=true');
    expect(groups[0]!.rules[0]).toEqual({ ...alertRule, alerts: null });
  });

  it('come in pages', async () => {
    const pages: string[][] = [];
    let token = '';
    do {
      const next = token && `&group_next_token=${encodeURIComponent(token)}`;
      const page = await data(`rules?group_limit=2${next}`);
      pages.push(page.groups.map(({ name }) => name));
      token = (page as { groupNextToken?: string }).groupNextToken ?? '';
    } while (token);
    expect(pages).toEqual([['one', 'two'], ['three']]);
  });
});
