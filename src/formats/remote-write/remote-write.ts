import type { RenderedPieces } from '../../bytes/renderings.ts';
import type { Labels, Snapshot } from '../../model.ts';
import { jsonText } from '../../platform/realm.ts';
import { namingOf } from '../exposed-names.ts';
import type { Format, FormatWriter } from '../format.ts';
import { Blocks } from './blocks.ts';
import type { RemoteWriteBody } from './body.ts';
import { endedBodies, endedRows, type ItemRows } from './ended-rows.ts';
import { FamilyContent, type KnownFamily } from './family-content.ts';
import { FamilyRows, type RowSettings } from './family-rows.ts';
import { NewMessages } from './new-messages.ts';
import { type Limits, limitsOf, type RemoteWriteOptions } from './options.ts';
import { type RemoteWriteVersion, wireOf } from './wire.ts';

/** How many families are looked at before the thread may do something else. */
const STEP = 128;

const TYPE = 'application/x-protobuf';
const SECOND_MESSAGE = 'io.prometheus.write.v2.Request';

/** What is sent of a snapshot. */
export interface RemoteWriteRendering extends RenderedPieces {
  /** The bodies, each for a request of its own, in any order. Each is one of the pieces. */
  readonly bodies: readonly RemoteWriteBody[];
}

/**
 * Writes the snapshots of one exporter. It begins with one only after the one before has been written, or was given
 * up.
 */
export interface RemoteWriteWriter extends FormatWriter {
  write(snapshot: Snapshot, options: RemoteWriteOptions): Generator<void, RemoteWriteRendering>;
}

export interface RemoteWriteFormat extends Format {
  open(): RemoteWriteWriter;
}

/**
 * Prometheus remote write, before it is compressed with Snappy:
 * https://prometheus.io/docs/specs/prw/remote_write_spec/
 * https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
 */
export const remoteWrite: RemoteWriteFormat = {
  name: 'remote-write',
  isPushed: true,
  mediaTypes: [
    { type: TYPE, version: '1.0', contentType: TYPE },
    { type: TYPE, version: '2.0', contentType: `${TYPE};proto=${SECOND_MESSAGE}` },
  ],
  open: () => new SnapshotWriter(),
};

/** What bodies are made of besides the snapshot. If it changes, nothing that is remembered can be used. */
interface Settings extends RowSettings {
  readonly version: RemoteWriteVersion;
  readonly limits: Limits;
}

interface Known extends ItemRows, KnownFamily {}

/**
 * The server refuses a sample that is not later than the one before it, and everything that comes with it. So if
 * the clock is set back, each snapshot is a millisecond later than the last one, until the clock has caught up.
 */
class SnapshotWriter implements RemoteWriteWriter {
  readonly #draft = new NewMessages();
  /** Milliseconds since 1970. */
  #lastTime = 0;
  /** What the server has, as far as this writer knows, by the names of the families. */
  #known: ReadonlyMap<string, Known> = new Map();
  #blocks: { readonly settings: string; readonly of: Blocks } | undefined;
  /** How many renderings are under way or being read. */
  #inUse = 0;

  *write(snapshot: Snapshot, options: RemoteWriteOptions): Generator<void, RemoteWriteRendering> {
    this.#inUse++;
    const done = () => {
      this.#inUse--;
    };
    let isWhole = false;
    try {
      const bodies = yield* this.#bodies(snapshot, options);
      isWhole = true;
      return { bodies, pieces: bodies.map(({ bytes }) => bytes), done };
    } finally {
      // The caller may also give up before the end.
      if (!isWhole) done();
    }
  }

  *#bodies(
    snapshot: Snapshot,
    options: RemoteWriteOptions,
  ): Generator<void, readonly RemoteWriteBody[]> {
    const settings = settingsOf(options);
    const { escaping, limits } = settings;
    const time = this.#next(snapshot.timestamp);
    const shared = { wire: wireOf(settings.version), escaping };
    const text = jsonText(settings);
    if (this.#blocks?.settings !== text) {
      this.#blocks = { settings: text, of: new Blocks(shared, limits) };
    }
    const contents = options.final
      ? new Map<string, FamilyContent>()
      : yield* this.#contents(snapshot, settings, time);
    const blocks = this.#blocks.of;
    const isAlone = () => this.#inUse === 1;
    const bodies = yield* blocks.bodies([...contents.values()], time, isAlone, this.#draft);
    const ended = yield* endedRows(this.#known, contents);
    bodies.push(...(yield* endedBodies(ended, { ...shared, time }, limits, this.#draft)));
    const known = new Map<string, Known>();
    for (const [name, content] of contents) {
      const { rows, items } = content;
      known.set(name, { rows, items, exemplars: yield* content.sent() });
    }
    this.#known = known;
    return bodies;
  }

  /** Returns the time of a snapshot in milliseconds, which is later than that of the one before. */
  #next(seconds: number): number {
    const time = Math.round(seconds * 1000);
    this.#lastTime = time > this.#lastTime && time < Infinity ? time : this.#lastTime + 1;
    return this.#lastTime;
  }

  *#contents(
    snapshot: Snapshot,
    settings: Settings,
    time: number,
  ): Generator<void, ReadonlyMap<string, FamilyContent>> {
    const contents = new Map<string, FamilyContent>();
    const { families } = yield* namingOf(snapshot.families, settings.escaping);
    for (const named of families) {
      if (contents.size % STEP === 0) yield;
      if (named.family.series.length === 0) continue;
      const known = this.#known.get(named.name);
      const isSame = known?.rows.isFor(named, settings);
      const rows = isSame ? known!.rows : new FamilyRows(named, settings);
      // A state set need not have any state.
      if (rows.perItem === 0) continue;
      const content = new FamilyContent(rows, named.family, isSame ? known : undefined, time);
      contents.set(named.name, content);
    }
    return contents;
  }
}

const NO_LABELS: Labels = {};

function settingsOf(options: RemoteWriteOptions): Settings {
  const { extraLabels = NO_LABELS, histograms = 'native', escaping = 'allow-utf-8' } = options;
  const version = options.version === '2.0' ? '2.0' : '1.0';
  return { version, escaping, extraLabels, histograms, limits: limitsOf(options) };
}
