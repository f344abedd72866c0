import type { GridPos } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DashboardFamily } from './family.ts';
import type { PanelPlan } from './panel-plan.ts';

const COLUMNS = 24;
/** In rows of the grid, each of 30 pixels. */
const HEIGHT = 8;

/** Panels below a title. Without a title there is no row to fold them. */
export interface Section {
  readonly title: string | undefined;
  /** The panels, those of one metric together. */
  readonly groups: readonly (readonly PanelPlan[])[];
}

/**
 * Puts metrics together whose names begin with the same word. Those that have it for themselves come last.
 * If that is true of all, or if all have the same word, they are one section.
 */
export function sectionsOf(
  families: readonly DashboardFamily[],
  panels: (family: DashboardFamily) => readonly PanelPlan[],
): Section[] {
  const words = new Map<string, DashboardFamily[]>();
  for (const family of families) {
    const [word] = /^[\p{L}\d]*/u.exec(family.name)!;
    words.set(word, [...(words.get(word) ?? []), family]);
  }
  const shared = [...words].filter(([, own]) => own.length > 1);
  const single = [...words.values()].filter((own) => own.length === 1).flat();
  if (shared.length === 0 || words.size === 1) {
    return [{ title: undefined, groups: families.map(panels) }];
  }
  const sections = shared.map(([title, own]) => ({ title, groups: own.map(panels) }));
  if (single.length === 0) return sections;
  return [...sections, { title: 'other', groups: single.map(panels) }];
}

/** What stands where. */
export type Placed =
  | { readonly row: string; readonly at: GridPos }
  | { readonly plan: PanelPlan; readonly at: GridPos };

/** Places the panels of each metric in one line, and several metrics where there is room. */
export function placed(sections: readonly Section[]): Placed[] {
  const all: Placed[] = [];
  let y = 0;
  for (const { title, groups } of sections) {
    if (title !== undefined) all.push({ row: title, at: { x: 0, y: y++, w: COLUMNS, h: 1 } });
    for (const line of linesOf(groups)) {
      let x = 0;
      for (const [i, plan] of line.entries()) {
        // What a line leaves free goes to its last panel. A single number needs no more.
        const isLast = i === line.length - 1 && plan.type !== 'stat';
        const w = isLast ? COLUMNS - x : plan.width;
        all.push({ plan, at: { x, y, w, h: HEIGHT } });
        x += w;
      }
      y += HEIGHT;
    }
  }
  return all;
}

function linesOf(groups: Section['groups']): PanelPlan[][] {
  const lines: PanelPlan[][] = [];
  let free = 0;
  for (const group of groups) {
    const width = group.reduce((sum, plan) => sum + plan.width, 0);
    if (width > free) {
      lines.push([]);
      free = COLUMNS;
    }
    lines.at(-1)!.push(...group);
    free -= width;
  }
  return lines;
}
