import { announceSuccessor } from '../links/thread-ports.ts';
import type { ThreadPort } from '../model.ts';
import type { ChannelListener, ProcessChannel } from '../platform/process-channel.ts';
import { randomId } from '../platform/random-id.ts';
import { afterListening } from '../platform/timers.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { type Greeting, PROBE, ProcessTunnel, VERSION } from './process-tunnel.ts';

/** How long calls wait for the primary process to answer. Seconds. */
const PATIENCE = 3;

/**
 * Leads the port of a collector to the collector of the process that has started this one. That process may
 * listen already, or later. The collector is told of what fails.
 */
export function leadToParent(
  channel: ProcessChannel,
  first: ThreadPort,
  collector: TelemetryCollector,
): void {
  const fail = (reason: string) => collector.fail('process', reason);
  const name = randomId();
  let port = first;
  let tunnel: ProcessTunnel | undefined;

  const greet = () => channel.send({ tunnel: name, hello: VERSION, probe: PROBE });
  const end = () => {
    cancel();
    channel.listeners.delete(listener);
    if (tunnel) tunnel.close();
    else port.close();
  };
  const cancel = afterListening(PATIENCE, () => {
    fail(
      'no collector of the process that has started this one has answered; call acceptWorkers() or acceptProcess() there',
    );
    if (collector.isShutDown) return end();
    // What waits for the answer must not hold this process for ever. A collector that comes later is
    // followed over another port, as one that replaces a collector that has failed.
    const next = announceSuccessor(port);
    port.close();
    port = next;
    next.addEventListener('close', () => tunnel || end());
  });
  const open = (greeting: Greeting) => {
    cancel();
    if (greeting.welcome !== VERSION) {
      fail(
        'the primary process has another version of utilityfog-telemetry; use one version in all',
      );
      return end();
    }
    tunnel = new ProcessTunnel(channel, 1, greeting, port, {
      refused: () => fail('the primary process has sent a message that cannot be read'),
      stuck: () => fail('the primary process does not take what is sent to it'),
      ended: () => {
        end();
        // If the primary process has ended, the application knows.
        if (!channel.isOpen || collector.isShutDown) return;
        fail('the collector of the primary process is gone; what is recorded now is not collected');
      },
    });
  };
  const listener: ChannelListener = {
    heard(message) {
      const { call, tunnel: of, welcome } = message as Greeting;
      if (call && !tunnel) greet();
      if (of !== name) return;
      if (tunnel) tunnel.receive(message);
      else if (typeof welcome === 'number') open(message);
    },
    ended: end,
  };
  channel.listeners.add(listener);
  greet();
}
