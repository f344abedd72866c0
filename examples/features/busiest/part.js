// Runs beside the collector: in its worker, or in the application's thread if there is none. It imports
// nothing, and `start` names nothing outside of itself, so it can travel as text.
export const name = 'busiest';

/** Finds, after each collection run, the counters that grew fastest since the one before. */
export function start(_host, { top }) {
  let time;
  let before = new Map();
  let busiest = [];
  let record = { series: '', perSecond: 0 };

  const countersOf = ({ families }) => {
    const values = new Map();
    for (const family of families) {
      if (family.type !== 'counter' || family.name.startsWith('telemetry_')) continue;
      family.series.forEach(({ labelNames, labelValues }, i) => {
        const labels = labelNames.map((label, n) => `${label}="${labelValues[n]}"`);
        values.set(`${family.name}{${labels.join(',')}}`, family.values[i]);
      });
    }
    return values;
  };

  return {
    sampled(snapshot) {
      const now = countersOf(snapshot);
      const seconds = snapshot.timestamp - time;
      if (seconds > 0) {
        busiest = [...now]
          .map(([series, value]) => ({
            series,
            perSecond: (value - (before.get(series) ?? 0)) / seconds,
          }))
          .filter(({ perSecond }) => perSecond > 0)
          .sort((a, b) => b.perSecond - a.perSecond)
          .slice(0, top);
        if (busiest[0]?.perSecond > record.perSecond) record = busiest[0];
      }
      time = snapshot.timestamp;
      before = now;
    },

    adds: () => [
      {
        name: 'busiest_increase_per_second',
        description: 'What the busiest counters grew by between the last two collection runs.',
        type: 'gauge',
        unit: '',
        labelNames: ['series'],
        labels: {},
        data: 'number',
        series: busiest.map(({ series }) => ({ labelNames: ['series'], labelValues: [series] })),
        values: Float64Array.from(busiest, ({ perSecond }) => perSecond),
      },
    ],

    calls: {
      busiest: () => busiest,
      record: () => record,
    },

    keeps: {
      write: () => JSON.stringify(record),
      restore(state) {
        const kept = JSON.parse(state);
        if (kept.perSecond > record.perSecond) record = kept;
      },
    },
  };
}
