/** So many ranges are kept. Numbers come in order, so there is one as a rule. */
const MOST = 8;

export type NumberRange = [first: number, last: number];

/** A set of whole numbers that come nearly in order. If it has too many gaps, it forgets the smallest numbers. */
export class NumberRanges {
  /** In ascending order, with a gap between each two. */
  readonly all: NumberRange[];

  constructor(ranges: readonly Readonly<NumberRange>[] = []) {
    this.all = ranges.slice(-MOST).map(([first, last]) => [first, last]);
  }

  has(number: number): boolean {
    return this.all.some(([first, last]) => first <= number && number <= last);
  }

  add(number: number): void {
    if (this.has(number)) return;
    const { all } = this;
    const next = all.findIndex(([first]) => first > number);
    const at = next < 0 ? all.length : next;
    const [before, after] = [all[at - 1], all[at]];
    const begin = before?.[1] === number - 1 ? at - 1 : at;
    const end = after?.[0] === number + 1 ? at + 1 : at;
    const first = begin < at ? before![0] : number;
    const last = end > at ? after![1] : number;
    all.splice(begin, end - begin, [first, last]);
    if (all.length > MOST) all.shift();
  }
}
