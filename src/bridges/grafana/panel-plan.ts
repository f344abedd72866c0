/** A query of a panel. */
export interface PanelQuery {
  readonly expr: string;
  /** What the legend says, with labels in double braces. Unless given, it says how the series differ. */
  readonly legend?: string | undefined;
  /** How Grafana is to read what it gets; as series unless given. */
  readonly format?: 'heatmap' | 'table' | undefined;
  /** Whether only the last value is wanted. */
  readonly isInstant?: boolean | undefined;
  /** Whether counters and histograms are asked, which have exemplars. */
  readonly hasExemplars?: boolean | undefined;
}

/** How values that stand for something are shown. */
export type ShownValues = Readonly<
  Record<string, { readonly text: string; readonly color?: string | undefined }>
>;

/** What a panel is to show. */
export interface PanelPlan {
  readonly type: 'timeseries' | 'stat' | 'heatmap' | 'state-timeline' | 'table';
  readonly title: string;
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** In columns of the grid, which has 24. */
  readonly width: number;
  readonly queries: readonly PanelQuery[];
  readonly values?: ShownValues | undefined;
}
