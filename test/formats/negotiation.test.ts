/** What scrapers really send, and what they are answered with. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chosenFormat } from '../../src/formats/negotiation.ts';
import { CONTENT_TYPES } from '../../src/model.ts';
import { FORMATS } from '../../src/places/collector-services.ts';

const answerTo = (accept: string) => chosenFormat(FORMATS, { accept }).contentType;
const PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
const { prometheus, openMetrics, protobuf, json } = CONTENT_TYPES;

describe('what scrapers send', () => {
  it.each([
    [
      'Prometheus 2.42 with native histograms',
      `${PROTOBUF},application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      protobuf,
    ],
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      openMetrics,
    ],
    [
      'Prometheus 2.30',
      'application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'application/openmetrics-text; version=0.0.1; charset=utf-8',
    ],
    [
      'Prometheus 3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      `${openMetrics}; escaping=allow-utf-8`,
    ],
    [
      'Prometheus 3 with native histograms',
      `${PROTOBUF};escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
      `${protobuf}; escaping=allow-utf-8`,
    ],
    [
      'Prometheus 3 with escaping of names',
      'text/plain;version=1.0.0;escaping=underscores;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4',
      'text/plain; version=1.0.0; charset=utf-8; escaping=underscores',
    ],
    [
      'Grafana Alloy and the OpenTelemetry Collector, which scrape with the code of Prometheus',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      `${openMetrics}; escaping=allow-utf-8`,
    ],
    ['VictoriaMetrics and vmagent', 'text/plain;version=0.0.4;q=1,*/*;q=0.1', prometheus],
    ['Telegraf', `${PROTOBUF};q=0.7,text/plain;version=0.0.4;q=0.3`, protobuf],
    ['curl', '*/*', prometheus],
    [
      'Chromium',
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
      prometheus,
    ],
    [
      'Firefox',
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8',
      prometheus,
    ],
    ['a program that wants JSON', 'application/json, text/plain;q=0.5, */*;q=0.1', json],
  ])('%s', (_, accept, contentType) => {
    expect(answerTo(accept)).toBe(contentType);
  });
});

describe('an Accept header', () => {
  it.each([
    // Versions.
    ['text/plain;version=1.0.0', 'text/plain; version=1.0.0; charset=utf-8; escaping=underscores'],
    [
      'text/plain;version="1.0.0"',
      'text/plain; version=1.0.0; charset=utf-8; escaping=underscores',
    ],
    ['TEXT/PLAIN ; Version=0.0.4', prometheus],
    ['text/plain;version=9.9', prometheus],
    ['text/plain;version=9.9, application/json;q=0.1', json],
    ['application/openmetrics-text', openMetrics],
    ['application/openmetrics-text;version=9.9, application/json;q=0.1', json],
    ['application/openmetrics-text;charset=utf-16', openMetrics],
    // Other protobufs are none of ours.
    ['application/vnd.google.protobuf', protobuf],
    ['application/vnd.google.protobuf;proto=other', prometheus],
    [PROTOBUF.replace('delimited', 'text'), prometheus],
    [PROTOBUF.replace('delimited', 'compact-text'), prometheus],
    // Schemes.
    [`${PROTOBUF};escaping=dots`, `${protobuf}; escaping=dots`],
    [`${PROTOBUF};escaping=nonsense`, protobuf],
    [
      'text/plain;version=1.0.0;escaping=values',
      'text/plain; version=1.0.0; charset=utf-8; escaping=values',
    ],
    // The old versions have no quotes for such names.
    ['text/plain;version=0.0.4;escaping=allow-utf-8', `${prometheus}; escaping=underscores`],
    ['application/json;escaping=dots', json],
    // The closest range counts, although a wider one is wanted more.
    ['application/openmetrics-text;version=1.0.0;q=0.1, application/*, text/plain;q=0.5', json],
    ['text/*;q=0.9, text/plain;version=0.0.4;q=0.1, application/json;q=0.5', json],
    ['text/plain;q=0, */*', json],
    // It may contradict itself.
    ['application/json;q=0.2, application/json;q=0.9, text/plain;q=0.5', json],
    ['application/json;q=0.2;q=0.9, text/plain;q=0.5', prometheus],
    ['*/*;q=0', prometheus],
    ['text/plain;q=0, application/json;q=0', prometheus],
    ['application/json;q=1000, text/plain', prometheus],
    // It may be nothing.
    ['', prometheus],
    [',;,=;"', prometheus],
  ])('%j is answered with %s', (accept, contentType) => {
    expect(answerTo(accept)).toBe(contentType);
  });

  it.each([
    'application/json,'.repeat(6000),
    `application/json;${'x=1;'.repeat(25_000)}`,
    `application/json;x=" ${'\\"'.repeat(50_000)}`,
    `application/json;${' '.repeat(100_000)}x`,
    `application/json;x=${' '.repeat(100_000)}y`,
    `application/json${'"",'.repeat(33_000)}`,
  ])('of 100 kB is read like any other', (accept) => {
    expect(accept.length).toBeGreaterThan(95_000);
    expect([json, prometheus]).toContain(answerTo(accept));
  });

  it('is answered with a known type, whatever it is', () => {
    const parts = fc.constantFrom(
      ...['text/plain', '*/*', 'application/*', 'application/json', ';', ',', 'q=', '0.5', '"'],
      ...['version=', '1.0.0', 'escaping=', 'dots', ' ', '\\', '='],
    );
    const header = fc
      .array(fc.oneof(parts, fc.string({ maxLength: 3 })))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(header, (accept) => {
        expect(answerTo(accept)).toMatch(/^(text\/plain; version=(0\.0\.4|1\.0\.0)|application\/)/);
      }),
    );
  });
});

describe('a request by name', () => {
  it('may ask for a version and for a scheme', () => {
    const { format, ...choice } = chosenFormat(FORMATS, {
      format: 'prometheus',
      version: '1.0.0',
      escaping: 'dots',
    });
    expect(format.name).toBe('prometheus');
    expect(choice).toEqual({
      version: '1.0.0',
      escaping: 'dots',
      contentType: 'text/plain; version=1.0.0; charset=utf-8; escaping=dots',
    });
  });

  it('is refused if there is no such version, with those that there are', () => {
    const request = { format: 'prometheus', version: '2' };
    expect(() => chosenFormat(FORMATS, request)).toThrow(
      'the format "prometheus" has no version "2"; it has 0.0.4, 1.0.0',
    );
  });
});
