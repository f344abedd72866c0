import { checked, isWhole, oneOf, type Rules, SECONDS } from '../options.ts';
import { FILE_RULES, type FileOptions, PlannedExporter } from './planned-exporter.ts';

/** The options of `new FileExporter()`. */
export interface FileExporterOptions extends FileOptions {
  /**
   * `ndjson` is newline-delimited JSON, with a line for each series. `csv` has a row for each sample, as it is
   * called in the Prometheus text format.
   * @defaultValue `ndjson`
   */
  format?: 'ndjson' | 'csv' | undefined;
  /**
   * A file that would have more bytes gives way to a new one.
   * @defaultValue 16 MiB
   */
  maxBytes?: number | undefined;
  /**
   * A file that is older, in seconds, gives way to a new one.
   * @defaultValue 86400
   */
  maxAge?: number | undefined;
  /**
   * How many older files are kept, called `<path>.1` and so on.
   * @defaultValue 4
   */
  keep?: number | undefined;
}

/** The names of the columns, as the format `csv` fills them. */
const COLUMNS = 'timestamp,name,labels,value\n';

/**
 * Appends each snapshot to a file, for other programs to read. Each exporter needs a file of its own, which
 * nobody else writes to. It works only where there are files.
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { FileExporter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * collector.registerCounter('orders_total', 'Orders').increment();
 * const exporter = new FileExporter('snapshots.ndjson', { format: 'ndjson', maxBytes: 1e6, keep: 2 });
 * console.log(await exporter.exportMetrics(collector));
 * console.log((await readFile('snapshots.ndjson', 'utf8')).includes('orders_total'));
 * // -> true
 * // -> true
 * await collector.shutdown();
 * ```
 */
export class FileExporter extends PlannedExporter {
  /**
   * @param path a relative path is resolved now, from the working directory
   * @throws TelemetryError `invalid_option`
   */
  constructor(path: string, options?: FileExporterOptions | null) {
    const rules: Rules<FileExporterOptions> = {
      ...FILE_RULES,
      format: oneOf('ndjson', 'csv'),
      maxBytes: [(value) => isWhole(value) && value > 0, 'a whole number of bytes above 0'],
      maxAge: SECONDS,
      keep: [(value) => isWhole(value) && value <= 1000, 'a whole number up to 1000'],
    };
    const taken = checked('FileExporter', options, rules);
    const { format = 'ndjson', maxBytes = 16_777_216, maxAge = 86_400, keep = 4, mode } = taken;
    const heading = format === 'csv' ? COLUMNS : undefined;
    const log = { maxBytes, maxAge, keep, ...(heading && { heading }) };
    super({ exporter: 'file', format, via: 'log', destination: path, mode, log });
  }
}
