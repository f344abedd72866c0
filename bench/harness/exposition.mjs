/**
 * Counts the samples of one family in Prometheus text, and adds them up.
 * @param {string} text
 * @param {string} name
 * @returns {import('../contenders/list.mjs').Held}
 */
export function countSamples(text, name) {
  let series = 0;
  let total = 0;
  for (const line of text.split('\n')) {
    const isSample = line.startsWith(name) && '{ '.includes(line[name.length]);
    if (!isSample) continue;
    series++;
    total += Number(
      line
        .slice(Math.max(line.lastIndexOf('}') + 1, name.length))
        .trim()
        .split(' ')[0],
    );
  }
  return { series, total };
}
