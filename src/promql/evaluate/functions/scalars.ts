import { SampleKind } from '../../source.ts';
import { absentLabels } from '../absent.ts';
import type { Called, GridFunction } from '../called.ts';
import { bare } from '../called.ts';
import { Grid, scalarGrid } from '../grid.ts';
import { withoutNames } from '../names.ts';
import { greater, less } from '../operators.ts';

/** A scalar that is worked out from the time of each step, in milliseconds. */
const ofTime =
  (valueAt: (time: number, called: Called) => number): GridFunction =>
  (called) =>
    scalarGrid(called.run.budget, called.frame.count, (k) =>
      valueAt(called.frame.start + k * called.frame.step, called),
    );

/** A scalar of two others. */
const ofTwo =
  (compute: (one: number, other: number) => number): GridFunction =>
  ({ run, frame, args: [one, other] }) =>
    scalarGrid(run.budget, frame.count, (k) => compute(one!.values[k]!, other!.values[k]!));

/** The only float of a vector, or NaN. */
const scalar: GridFunction = ({ run, frame, args: [grid] }) => {
  const { rows, steps, kinds, values } = grid!;
  return scalarGrid(run.budget, frame.count, (k) => {
    let found = -1;
    for (let cell = k; cell < rows * steps; cell += steps) {
      if (kinds[cell] !== SampleKind.Float) continue;
      if (found >= 0) return Number.NaN;
      found = cell;
    }
    return found < 0 ? Number.NaN : values[found]!;
  });
};

/** 1 where a vector has no samples, with the labels that its selector demands. */
const absent: GridFunction = ({ run, frame, call, args: [grid] }) => {
  const { rows, steps, kinds } = grid!;
  const result = new Grid(run.budget, frame.count, 1);
  const cell = result.add(absentLabels(bare(call.args[0]!)));
  for (let k = 0; k < steps; k++) {
    let row = 0;
    while (row < rows && kinds[row * steps + k] === SampleKind.Absent) row++;
    if (row === rows) result.put(cell + k, 1);
  }
  result.dropIfEmpty();
  return result;
};

/** The time of each step where there is a sample. For selectors it is that of the sample: see `evaluate.ts`. */
const timestamp: GridFunction = ({ run, frame, args: [grid] }) => {
  const { rows, steps, kinds } = grid!;
  for (let cell = 0; cell < rows * steps; cell++) {
    if (kinds[cell] === SampleKind.Absent) continue;
    grid!.put(cell, (frame.start + (cell % steps) * frame.step) / 1000);
  }
  return withoutNames(run, grid!);
};

export const SCALARS: Readonly<Record<string, GridFunction>> = {
  time: ofTime((time) => time / 1000),
  pi: ofTime(() => Math.PI),
  start: ofTime((_, { run }) => run.settings.start / 1000),
  end: ofTime((_, { run }) => run.settings.end / 1000),
  range: ofTime((_, { run }) => (run.settings.end - run.settings.start) / 1000),
  step: ofTime((_, { run: { settings } }) =>
    settings.start === settings.end ? 0 : settings.step / 1000,
  ),
  min_of: ofTwo(less),
  max_of: ofTwo(greater),
  vector: ({ args: [grid] }) => grid!,
  scalar,
  absent,
  timestamp,
  // Only samples of selectors have one: see `evaluate.ts`.
  start_timestamp: ({ run, frame }) => new Grid(run.budget, frame.count, 0),
};
