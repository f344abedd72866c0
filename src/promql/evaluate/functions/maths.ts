import { SampleKind } from '../../source.ts';
import type { GridFunction } from '../called.ts';
import { withoutNames } from '../names.ts';
import { greater, less } from '../operators.ts';

/** What becomes of a float. The others are the scalar arguments. */
type Compute = (value: number, one: number, other: number) => number;

/** Applies a function to each float of a vector. Histograms are left out. */
export function ofEach(compute: Compute): GridFunction {
  return async ({ run, args: [grid, one, other] }) => {
    const { steps, kinds, values } = grid!;
    for (let row = 0; row < grid!.rows; row++) {
      if (run.spent(steps)) await run.pause();
      for (let k = 0, cell = row * steps; k < steps; k++, cell++) {
        if (kinds[cell] === SampleKind.Float) {
          values[cell] = compute(values[cell]!, one?.values[k] ?? 1, other?.values[k] ?? 1);
        } else kinds[cell] = SampleKind.Absent;
      }
    }
    return withoutNames(run, grid!);
  };
}

const { PI } = Math;

const COMPUTES: Readonly<Record<string, Compute>> = {
  rad: (value) => (value * PI) / 180,
  deg: (value) => (value * 180) / PI,
  ln: Math.log,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  round: (value, nearest) => {
    const inverse = 1 / nearest;
    return Math.floor(value * inverse + 0.5) / inverse;
  },
  clamp_min: (value, low) => greater(low, less(Infinity, value)),
  clamp_max: (value, high) => greater(-Infinity, less(high, value)),
};

/** Those that JavaScript has under the same name. */
const SAME =
  'abs ceil floor exp sqrt log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh';
for (const name of SAME.split(' ')) {
  const compute = Math[name as 'abs'];
  (COMPUTES as Record<string, Compute>)[name] = (value) => compute(value);
}

const clampBoth = /* @__PURE__ */ ofEach((value, low, high) => greater(low, less(high, value)));

/** Without a result where the lower limit is above the upper one. */
const clamp: GridFunction = (called) => {
  const [grid, low, high] = called.args;
  const { steps, rows, kinds } = grid!;
  for (let k = 0; k < steps; k++) {
    if (!(high!.values[k]! < low!.values[k]!)) continue;
    for (let row = 0; row < rows; row++) kinds[row * steps + k] = SampleKind.Absent;
  }
  return clampBoth(called);
};

export const MATHS: Readonly<Record<string, GridFunction>> = {
  clamp,
  ...Object.fromEntries(Object.entries(COMPUTES).map(([name, compute]) => [name, ofEach(compute)])),
};
