import type { LabelSet } from '../label-set.ts';

const PLAIN_NAME = /^[a-zA-Z_]\w*$/;

/** Returns labels as Prometheus writes them in messages: `{__name__="x", a="b"}`. */
export function labelsText({ names, values }: LabelSet): string {
  const labels = names.map((name, i) => {
    const written = PLAIN_NAME.test(name) ? name : JSON.stringify(name);
    return `${written}=${JSON.stringify(values[i])}`;
  });
  return `{${labels.join(', ')}}`;
}
