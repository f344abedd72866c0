import { labelText } from '../../kinds/labels.ts';
import { isLegacyLabelName } from '../../kinds/names.ts';
import { type Labels, OVERFLOW_LABEL } from '../../model.ts';

/** Which watch has found a series. A series that had such a label before is one of scores. */
export const WATCH_LABEL = 'watch';
export const STATISTIC_LABEL = 'statistic';
const OURS = [WATCH_LABEL, STATISTIC_LABEL];

/** Returns the name under which a label is shown beside others, as Prometheus does with labels of targets. */
function freeName(label: string, isTaken: (name: string) => boolean): string {
  let name = label;
  while (isTaken(name)) name = `exported_${name}`;
  return name;
}

/** Returns the names of our own labels beside those that every series gets anyway. */
export function ownLabelNames(constants: Labels): string[] {
  return OURS.map((label) => freeName(label, (name) => Object.hasOwn(constants, name)));
}

/**
 * Returns the labels of a series that is watched as they are shown beside ours, which they give way to. Not every reader
 * takes all names, and no reader all values.
 * @param constants labels that every series gets anyway
 */
export function shownLabels(labels: Labels, constants: Labels): Labels {
  const taken = new Set([...ownLabelNames(constants), ...Object.keys(constants), OVERFLOW_LABEL]);
  const shown: [name: string, value: string][] = [];
  for (const [label, value] of Object.entries(labels)) {
    // An empty label is one that is not there.
    if (value === '') continue;
    const wanted = label === '__name__' ? 'metric' : label;
    const isOther = (name: string) =>
      name !== label && Object.hasOwn(labels, name) && labels[name] !== '';
    const name = freeName(wanted, (one) => taken.has(one) || isOther(one));
    taken.add(name);
    if (isLegacyLabelName(name)) shown.push([name, labelText(value) ?? '']);
  }
  return Object.fromEntries(shown);
}

/** Returns the labels of a series that is watched, and what of it is. */
export function withStatistic(labels: Labels, statistic: string): Labels {
  if (statistic === '') return labels;
  const { [STATISTIC_LABEL]: own, ...others } = labels;
  const name = freeName(
    STATISTIC_LABEL,
    (one) => one === STATISTIC_LABEL || Object.hasOwn(others, one),
  );
  return { ...others, ...(own !== undefined && { [name]: own }), [STATISTIC_LABEL]: statistic };
}

/** The label of a series that is a score of a score. Those are not watched: there would be more of them with each run. */
export const SCORED_WATCH_LABEL = `exported_${WATCH_LABEL}`;
