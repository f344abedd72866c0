/** Tests what a scraper says that it accepts, in every spelling that RFC 9110 allows, and in some others. */
import { describe, expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';

async function answerTo(headers: Record<string, string>): Promise<Headers> {
  const handle = makeCollector({ link: 'inline' }).handler();
  return (await handle(new Request('http://localhost/metrics', { headers }))).headers;
}

describe('Accept-Encoding', () => {
  it.each([
    'gzip',
    'GZip',
    'x-gzip',
    'deflate ,\tgzip',
    'gzip;q=0.001',
    'gzip ; Q=1',
    'br;q=1.0, gzip;q=0.8, *;q=0.1',
    'identity;q=0.5, gzip',
    ', ,gzip',
  ])('%j is answered with gzip', async (header) => {
    expect((await answerTo({ 'accept-encoding': header })).get('content-encoding')).toBe('gzip');
  });

  it.each([
    '',
    'identity',
    'gzip;q=0',
    'gzip;q=0.000',
    'gzip;Q=0',
    'GZIP ; q=0',
    'gzip;q = 0',
    'gzip\t;\tq\t=\t0.0',
    'gzip;x=1;q=0',
    'gzip;q=',
    'gzip;q=none',
    'gzip;q=-1',
    'gzip;q=0, *',
    'identity, gzip;q=0.5',
    'gzipped',
    'not gzip',
    '"gzip',
    '"a, gzip"',
  ])('%j is not', async (header) => {
    expect((await answerTo({ 'accept-encoding': header })).get('content-encoding')).toBe(null);
  });
});

describe('Accept', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json ; q=0.5',
    'application/json, */*',
    'application/json, */*;q=0.1',
    ', application/json;q=0.5,',
    'text/plain;q=0.5, application/json;q = 0.9',
    'text/plain;q=0, application/json',
    'text/html, application/*',
    'text/plain;q=0, */*',
    'text/plain;x=",application/xml"; q=0.1, application/json',
  ])('%j is answered with JSON', async (accept) => {
    expect((await answerTo({ accept })).get('content-type')).toMatch(/^application\/json/);
  });

  it.each([
    '',
    '*/*',
    'application/jsonx',
    'application/json-seq',
    'x-application/json',
    'application/json;q=0',
    'application/json ;\tQ = 0.0, */*',
    'application/json;q=0.1, */*',
    'application/json, text/plain, */*',
    'application/json;q=0.5, TEXT/*',
    'text/plain;x="application/json,"',
    'text/html',
  ])('%j is answered with text', async (accept) => {
    expect((await answerTo({ accept })).get('content-type')).toMatch(/^text\/plain/);
  });

  it('is read in no time, whatever is in it', async () => {
    const accept = `"${'\\"'.repeat(100_000)}\\`;
    expect((await answerTo({ accept })).get('content-type')).toMatch(/^text\/plain/);
  });
});

it('a listener reads them likewise', async () => {
  const { url } = await makeCollector().serve({ port: 0 });
  const answer = await fetch(url, {
    headers: { accept: 'application/jsonx', 'accept-encoding': 'gzip;q = 0' },
  });
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(answer.headers.get('content-encoding')).toBe(null);
});
