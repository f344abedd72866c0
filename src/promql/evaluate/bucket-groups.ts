import type { Span } from '../ast.ts';
import type { ClassicBucket } from '../histogram/classic.ts';
import type { LabelSet } from '../label-set.ts';
import { quoted } from '../quoted.ts';
import { SampleKind } from '../source.ts';
import { named } from './annotations.ts';
import type { Grid } from './grid.ts';
import { NAME, projection } from './projection.ts';
import type { Run } from './run.ts';

const withoutBound = /* @__PURE__ */ projection(false, ['le']);

/** The rows of a grid that are the buckets of one classic histogram. */
export class BucketGroup {
  /** Without `le`. */
  readonly labels: LabelSet;
  readonly #grid: Grid;
  readonly #rows: { readonly row: number; readonly upper: number }[] = [];
  /** Steps where there is a native histogram with the same labels, so that neither counts. */
  readonly #clashes = new Set<number>();

  constructor(labels: LabelSet, grid: Grid) {
    this.labels = labels;
    this.#grid = grid;
  }

  get size(): number {
    return this.#rows.length;
  }

  add(row: number, upper: number): void {
    this.#rows.push({ row, upper });
  }

  /** Returns the buckets that there are at a step. */
  at(k: number): ClassicBucket[] {
    if (this.#clashes.has(k)) return [];
    const { kinds, values, steps } = this.#grid;
    const buckets: ClassicBucket[] = [];
    for (const { row, upper } of this.#rows) {
      const cell = row * steps + k;
      if (kinds[cell] === SampleKind.Float) buckets.push({ upper, count: values[cell]! });
    }
    return buckets;
  }

  /** Whether it has buckets at a step. If so, neither they nor the native histogram there count. */
  clashes(k: number): boolean {
    const { kinds, steps } = this.#grid;
    if (!this.#rows.some(({ row }) => kinds[row * steps + k] === SampleKind.Float)) return false;
    this.#clashes.add(k);
    return true;
  }
}

/** Finds the classic histograms in a vector. Each is found by the key of its labels without `le`. */
export function bucketGroups(run: Run, grid: Grid, span: Span): Map<string, BucketGroup> {
  const groups = new Map<string, BucketGroup>();
  const isDelayed = run.settings.delayedNameRemoval;
  for (let row = 0; row < grid.rows; row++) {
    if (!hasFloat(grid, row)) continue;
    const labels = grid.labels[row]!;
    const upper = boundOf(labels.get('le'));
    if (upper === undefined) {
      const metric = isDelayed ? labels.get(NAME) : '';
      run.annotations.warn(
        `bucket label "le" is missing or has a malformed value of ${quoted(labels.get('le'))}${named(metric)}`,
        span,
      );
      continue;
    }
    const rest = withoutBound(labels);
    let group = groups.get(rest.key);
    if (!group) groups.set(rest.key, (group = new BucketGroup(rest, grid)));
    group.add(row, upper);
  }
  return groups;
}

function hasFloat({ kinds, steps }: Grid, row: number): boolean {
  for (let cell = row * steps; cell < (row + 1) * steps; cell++) {
    if (kinds[cell] === SampleKind.Float) return true;
  }
  return false;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** Returns the number that a bound is, as Go reads it. */
function boundOf(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return /^[+-]?nan$/i.test(text) ? Number.NaN : undefined;
}
