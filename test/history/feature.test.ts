/** Tests that `history()` reaches the collector, wherever that runs. */
import { TelemetryCollector as EdgeCollector } from 'utilityfog-telemetry/edge';
import { history } from 'utilityfog-telemetry/history';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LINKS, makeCollector } from '../collectors.ts';

it.each(LINKS)('runs beside the collector, %s link', async (link) => {
  const past = history();
  const collector = makeCollector({ link, use: [past] });
  expect((await collector.feature(past).status()).bytes).toBeGreaterThanOrEqual(0);
  const { link: made, failed } = await collector.diagnostics();
  expect({ made, failed }).toEqual({ made: link, failed: [] });
});

it('runs at the edge', async () => {
  const past = history();
  const collector = new EdgeCollector({ use: [past] });
  onTestFinished(() => collector.shutdown());
  expect((await collector.feature(past).status()).series).toBe(0);
});

describe('the options', () => {
  it.each([
    [{ retention: 0 }, 'history() retention must be a positive number of seconds'],
    [{ maxBytes: 10 }, 'history() maxBytes must be a whole number of bytes, 1000000 at least'],
    [{ labels: { job: 1 } }, 'history() labels must be texts'],
  ])('%j are refused', (options, message) => {
    const make = () => history(options as never);
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });
});
