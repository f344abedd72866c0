/** Tests parts that the part of a feature needs, and those that it loads later. */
import type { Feature, FeatureCode, FeaturePart, Part, PartHost } from 'utilityfog-telemetry';
import { describe, expect, it, vi } from 'vitest';
import { joinThread, LINKS, logOf, makeCollector } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

type Start = (host: PartHost) => Part;
type Call = (method: string) => Promise<unknown>;

const scriptOf = (name: string, start: Start) =>
  `exports.name = '${name}'; exports.start = ${start};`;

function partOf(name: string, start: Start, code: Partial<FeatureCode> = {}): FeaturePart {
  const module = async () => ({ name, start });
  return { name, code: { text: async () => scriptOf(name, start), module, ...code } };
}

/** A part that has a word for others. */
const word: Start = () => ({ word: 'hello' }) as Part;
/** A part that says the word of another one, which must be there before it starts. */
const needing: Start = (host) => {
  const { word } = host.part('word') as never;
  return { calls: { say: () => word } };
};
/** A part that loads the other one when it is asked, as often as that. */
const loading: Start = (host) => ({
  calls: {
    say: async () => (await host.load<{ word: string } & Part>('word')).word,
    sayTwice: () =>
      Promise.all([host.load('word'), host.load('word')]).then(([one, other]) => one === other),
    other: () => host.load('other'),
  },
});

function featureOf(start: Start, further: Partial<Feature<Call>>): Feature<Call> {
  return { ...partOf('tested', start), api: (call) => call, ...further };
}

describe.each(LINKS)('a part that is needed, %s link', (link) => {
  it('starts before the one that needs it', async () => {
    const feature = featureOf(needing, { needs: [partOf('word', word)] });
    const collector = makeCollector({ link, use: [feature] });
    expect(await collector.feature(feature)('say')).toBe('hello');
    expect(await collector.diagnostics()).toMatchObject({ link, failed: [] });
  });
});

describe.each(LINKS)('a part for later, %s link', (link) => {
  it('is loaded once, when it is asked for', async () => {
    const asked = vi.fn();
    const text = async () => {
      asked();
      return scriptOf('word', word);
    };
    const module = async () => {
      asked();
      return { name: 'word', start: word };
    };
    const later = [partOf('word', word, { text, module })];
    const feature = featureOf(loading, { later, answers: { word: text } });
    const collector = makeCollector({ link, use: [feature] });
    await expect(collector.feature(feature)('other')).rejects.toThrow('no such part for later');
    expect(asked).not.toHaveBeenCalled();
    expect(await collector.feature(feature)('sayTwice')).toBe(true);
    expect(await collector.feature(feature)('say')).toBe('hello');
    expect(asked).toHaveBeenCalledOnce();
    expect(logOf(collector)).toEqual([]);
  });

  it('that could not be loaded is tried again', async () => {
    let tries = 0;
    const once = () => {
      if (++tries === 1) throw new Error('404');
    };
    const text = async () => {
      once();
      return scriptOf('word', word);
    };
    const module = async () => {
      once();
      return { name: 'word', start: word };
    };
    const later = [partOf('word', word, { text, module })];
    const feature = featureOf(loading, { later, answers: { word: text } });
    const collector = makeCollector({ link, use: [feature] });
    await expect(collector.feature(feature)('say')).rejects.toThrow();
    expect(await collector.feature(feature)('say')).toBe('hello');
  });
});

it('a part for later may be a module that the worker imports', async () => {
  const folder = await makeFolder();
  const { writeFile } = await import('node:fs/promises');
  const url = new URL(`file://${folder}/part.mjs`);
  await writeFile(url, `export const name = 'word'; export const start = ${word};`);
  const [text, module] = [vi.fn(), vi.fn()];
  const later = [partOf('word', word, { url: () => url, text, module })];
  const feature = featureOf(loading, { later, answers: { word: text } });
  const collector = makeCollector({ link: 'shared', use: [feature] });
  expect(await collector.feature(feature)('say')).toBe('hello');
  expect(text).not.toHaveBeenCalled();
  expect(module).not.toHaveBeenCalled();
});

it('a thread that has joined can serve the HTTP API, whose code it does not have', async () => {
  const { history } = await import('utilityfog-telemetry/history');
  const { promql } = await import('utilityfog-telemetry/promql');
  const owner = makeCollector({ link: 'shared', use: [history(), promql()] });
  const thread = joinThread(owner);
  const { url } = await thread.serve({ port: 0, api: true });
  const response = await fetch(new URL('/api/v1/query?query=1&time=7', url));
  expect(await response.json()).toMatchObject({ data: { result: [7, '1'] } });
});
