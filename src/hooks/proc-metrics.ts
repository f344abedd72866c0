import { nodeBuiltin } from '../platform/node-builtin.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** Gives access to /proc of Linux. Without permission to read that there are no such metrics. */
function procFiles() {
  return process.platform === 'linux' ? nodeBuiltin('node:fs') : undefined;
}

/** Registers the open files of the process. Every thread shows the same. */
export function instrumentFiles(group: { collector: TelemetryCollector; prefix: string }): void {
  const { collector, prefix } = group;
  const files = procFiles();
  if (!files) return;
  const limit = attempt(() =>
    numberIn(files.readFileSync('/proc/self/limits', 'utf8'), /^Max open files\s+(\d+)/m),
  );
  if (limit) {
    collector.registerGauge(
      `${prefix}process_max_fds`,
      'Maximum number of open file descriptors.',
      { combine: 'last', collect: () => limit },
    );
  }
  if (attempt(() => files.readdirSync('/proc/self/fd'))) {
    collector.registerGauge(`${prefix}process_open_fds`, 'Number of open file descriptors.', {
      combine: 'last',
      // The directory that is being read is itself in the list.
      collect: async () => (await files.promises.readdir('/proc/self/fd')).length - 1,
    });
  }
}

/** Registers the memory figures that Node does not give itself; it gives the resident memory. */
export function instrumentProcessMemory(collector: TelemetryCollector, prefix: string): void {
  const files = procFiles();
  const status = attempt(() => files?.readFileSync('/proc/self/status', 'utf8'));
  if (!files || !status) return;
  const memory = (name: string, description: string, line: RegExp) => {
    if (Number.isNaN(numberIn(status, line))) return;
    collector.registerGauge(prefix + name, description, {
      unit: 'bytes',
      combine: 'last',
      collect: async () =>
        numberIn(await files.promises.readFile('/proc/self/status', 'utf8'), line) * 1024,
    });
  };
  const virtual = /^VmSize:\s+(\d+) kB/m;
  memory('process_virtual_memory_bytes', 'Virtual memory size in bytes.', virtual);
  memory('process_heap_bytes', 'Process heap size in bytes.', /^VmData:\s+(\d+) kB/m);
}

/** Returns the number that the pattern finds; NaN if there is none, or it is `unlimited`. */
function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1]);
}

/** Returns what `read` returns, or `undefined` if reading is not allowed. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
