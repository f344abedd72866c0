import {
  setupCoordinationHooks,
  setupHealthHooks,
  setupMessagingHooks,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { errors, LINKS, makeCollector, sampleOf } from '../collectors.ts';
import { parseText } from '../formats/text-parser.ts';

const everySetup = [setupCoordinationHooks, setupMessagingHooks, setupHealthHooks];

/** Resolves to the values of that system's metrics, by name. */
async function values(collector: TelemetryCollector): Promise<Record<string, number>> {
  const response = await collector.handler()(new Request('http://localhost/'));
  const { samples } = parseText(await response.text());
  const own = samples.filter(({ name }) => !/^telemetry_|_bucket$/.test(name));
  return Object.fromEntries(own.map(({ name, value }) => [name, value]));
}

describe('coordination hooks', () => {
  it('register three metrics at zero', async () => {
    const collector = makeCollector();
    setupCoordinationHooks(collector);
    expect(await values(collector)).toEqual({
      coordination_messages_total: 0,
      coordination_active_nodes: 0,
      coordination_message_latency_seconds_count: 0,
      coordination_message_latency_seconds_sum: 0,
    });
  });

  it('count messages, observe their latency, and set the number of nodes', async () => {
    const collector = makeCollector();
    setupCoordinationHooks(collector);
    collector.recordEvent('coordination_message', { latency_seconds: 0.25, active_nodes: 7 });
    collector.recordEvent('coordination_message', { latency_seconds: 0 });
    collector.recordEvent('coordination_message', { active_nodes: 5 });
    collector.recordEvent('coordination_message');
    expect(await values(collector)).toEqual({
      coordination_messages_total: 4,
      coordination_active_nodes: 5,
      coordination_message_latency_seconds_count: 2,
      coordination_message_latency_seconds_sum: 0.25,
    });
  });
});

describe('messaging hooks', () => {
  it('count both ways, set the queue size, and observe processing', async () => {
    const collector = makeCollector();
    setupMessagingHooks(collector);
    collector.recordEvent('message_sent', { queue_size: 3 });
    collector.recordEvent('message_sent', {});
    collector.recordEvent('message_sent', { queue_size: 4, duration_seconds: 99 });
    collector.recordEvent('message_received', { queue_size: 2, duration_seconds: 0.5 });
    collector.recordEvent('message_received', 'no fields');
    expect(await values(collector)).toEqual({
      messages_sent_total: 3,
      messages_received_total: 2,
      message_queue_size: 2,
      message_processing_duration_seconds_count: 1,
      message_processing_duration_seconds_sum: 0.5,
    });
  });
});

describe('health hooks', () => {
  it.each([
    ['UNKNOWN', 0],
    ['HEALTHY', 1],
    ['DEGRADED', 2],
    ['UNHEALTHY', 3],
    ['healthy', 1],
    ['Degraded', 2],
    ['on fire', 0],
    ['', 0],
    [2, 0],
    [{}, 0],
  ])('set the status %j as %i', async (status, value) => {
    const collector = makeCollector();
    setupHealthHooks(collector);
    collector.recordEvent('health_check', { status: 'HEALTHY' });
    collector.recordEvent('health_check', { status, duration_seconds: 0.125 });
    expect(await values(collector)).toEqual({
      health_status: value,
      health_checks_total: 2,
      health_check_duration_seconds_count: 1,
      health_check_duration_seconds_sum: 0.125,
    });
  });

  it('leave the status as it was when a check tells none', async () => {
    const collector = makeCollector();
    setupHealthHooks(collector);
    collector.recordEvent('health_check', { status: 'DEGRADED' });
    collector.recordEvent('health_check', { duration_seconds: 1 });
    collector.recordEvent('health_check', { status: null });
    expect(await sampleOf(collector, 'health_status')).toBe(2);
    expect(await sampleOf(collector, 'health_checks_total')).toBe(3);
  });
});

describe.each(LINKS)('system hooks, %s link', (link) => {
  it('set up twice still count an event once, and it is stored once', async () => {
    const collector = makeCollector({ link });
    for (const setup of [...everySetup, ...everySetup]) setup(collector);
    collector.recordEvent('coordination_message', { active_nodes: 1 });
    collector.recordEvent('message_sent', { queue_size: 1 });
    collector.recordEvent('message_received', { queue_size: 1 });
    collector.recordEvent('health_check', { status: 'healthy' });
    expect(await values(collector)).toMatchObject({
      coordination_messages_total: 1,
      messages_sent_total: 1,
      messages_received_total: 1,
      health_checks_total: 1,
    });
    expect((await collector.getEvents()).map(({ name }) => name)).toEqual([
      'coordination_message',
      'message_sent',
      'message_received',
      'health_check',
    ]);
    expect(await sampleOf(collector, 'telemetry_events_total')).toBe(4);
  });
});

describe('fields of the wrong kind', () => {
  it('are refused by the metric, and the event is counted all the same', async () => {
    const collector = makeCollector();
    for (const setup of everySetup) setup(collector);
    collector.recordEvent('coordination_message', { latency_seconds: '5', active_nodes: [] });
    collector.recordEvent('message_received', { queue_size: {}, duration_seconds: Number.NaN });
    collector.recordEvent('health_check', { duration_seconds: 'long' });
    expect(await values(collector)).toMatchObject({
      coordination_messages_total: 1,
      coordination_active_nodes: 0,
      coordination_message_latency_seconds_count: 0,
      message_queue_size: 0,
      message_processing_duration_seconds_count: 0,
      health_checks_total: 1,
      health_check_duration_seconds_count: 0,
    });
    expect(await errors(collector, 'invalid_value')).toBe(5);
  });
});
