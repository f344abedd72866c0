/** A series, with what it was before and after. */
export interface Shift {
  readonly labels: Readonly<Record<string, string>>;
  readonly before: number;
  readonly after: number;
}

export interface ShiftShare {
  readonly label: string;
  readonly value: string;
  readonly before: number;
  readonly after: number;
  readonly share: number;
}

/**
 * Says which values of labels the change of a sum comes from. A label that all series have with one value explains
 * nothing, and is left out.
 * @param shifts the series, whose values add up
 * @returns those with the largest share first; nothing if the sum has not changed
 */
export function contributions(shifts: readonly Shift[]): ShiftShare[] {
  const total = shifts.reduce((sum, { before, after }) => sum + after - before, 0);
  if (!(Math.abs(total) > 0) || !Number.isFinite(total)) return [];
  const names = new Set(shifts.flatMap(({ labels }) => Object.keys(labels)));
  const found: ShiftShare[] = [];
  for (const label of names) {
    const groups = new Map<string, { before: number; after: number }>();
    for (const { labels, before, after } of shifts) {
      const value = labels[label] ?? '';
      const group = groups.get(value) ?? { before: 0, after: 0 };
      groups.set(value, group);
      group.before += before;
      group.after += after;
    }
    if (groups.size < 2) continue;
    for (const [value, { before, after }] of groups) {
      const share = (after - before) / total;
      if (share !== 0) found.push({ label, value, before, after, share });
    }
  }
  return found.sort((one, other) => Math.abs(other.share) - Math.abs(one.share));
}
