import type { RemoteWriteVersion } from './wire.ts';

/** What goes out in one request, before compression. */
export interface RemoteWriteBody {
  readonly version: RemoteWriteVersion;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the first series begins. The texts that the messages name by numbers come before it, in version 2.0. */
  readonly start: number;
  /** Where the message of each series ends. Its length is the number of series. */
  readonly ends: Uint32Array;
}
