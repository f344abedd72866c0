import type { Recorder } from '../links/connection.ts';
import type { LinkRuntime } from '../links/link-runtime.ts';
import { WorkerConnection } from '../links/worker-connection.ts';
import { webLinks } from './web-links.ts';

/**
 * A plain `<script>` does not know its own address, so it cannot start the worker from a file. It carries
 * the worker as text.
 */
const scriptLinks: LinkRuntime = {
  ...webLinks,
  workerStarts: (application) =>
    webLinks.workerStarts(application).filter(({ way }) => way !== 'url'),
};

export function webConnection(recorder: Recorder): WorkerConnection {
  return new WorkerConnection(recorder, scriptLinks);
}
