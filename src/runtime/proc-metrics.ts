import type { TelemetryCollector } from '../telemetry-collector.ts';
import { nodeBuiltin } from './node-builtin.ts';

/** What Linux tells in /proc; without permission to read that, there are no such metrics. */
export function instrumentProcFiles(collector: TelemetryCollector): void {
  const files = nodeBuiltin('node:fs');
  if (process.platform !== 'linux' || !files) return;
  const limit = attempt(() =>
    numberIn(files.readFileSync('/proc/self/limits', 'utf8'), /^Max open files\s+(\d+)/m),
  );
  if (limit) {
    collector.registerGauge('process_max_fds', 'Maximum number of open file descriptors.', {
      collect: () => limit,
    });
  }
  if (attempt(() => files.readdirSync('/proc/self/fd'))) {
    collector.registerGauge('process_open_fds', 'Number of open file descriptors.', {
      // The directory that is being read is itself one of those listed.
      collect: async () => (await files.promises.readdir('/proc/self/fd')).length - 1,
    });
  }
  const status = attempt(() => files.readFileSync('/proc/self/status', 'utf8'));
  const memory = (name: string, description: string, line: RegExp) => {
    if (!status || Number.isNaN(numberIn(status, line))) return;
    collector.registerGauge(name, description, {
      unit: 'bytes',
      collect: async () =>
        numberIn(await files.promises.readFile('/proc/self/status', 'utf8'), line) * 1024,
    });
  };
  const virtual = /^VmSize:\s+(\d+) kB/m;
  memory('process_virtual_memory_bytes', 'Virtual memory size in bytes.', virtual);
  memory('process_heap_bytes', 'Process heap size in bytes.', /^VmData:\s+(\d+) kB/m);
}

/** NaN if it is not there, or `unlimited`. */
function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1]);
}

/** What `read` returns, or `undefined` where it may not. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
