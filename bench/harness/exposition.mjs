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

/**
 * Counts the metrics of one family of counters in delimited `MetricFamily` messages, and adds them up.
 * @param {Buffer} bytes
 * @param {string} name
 * @returns {import('../contenders/list.mjs').Held}
 */
export function countMessages(bytes, name) {
  let series = 0;
  let total = 0;
  for (let at = 0; at < bytes.length; ) {
    const { value: length, end } = varintAt(bytes, at);
    const fields = fieldsIn(bytes.subarray(end, end + length));
    at = end + length;
    if (fields.find(({ field }) => field === 1)?.bytes.toString('utf8') !== name) continue;
    for (const metric of fields.filter(({ field }) => field === 4)) {
      const counter = fieldsIn(metric.bytes).find(({ field }) => field === 3);
      series++;
      total +=
        fieldsIn(counter.bytes)
          .find(({ field }) => field === 1)
          ?.bytes.readDoubleLE() ?? 0;
    }
  }
  return { series, total };
}

/**
 * Counts the points of one sum in an `ExportMetricsServiceRequest`, and adds them up.
 * @param {Buffer} bytes
 * @param {string} name
 * @returns {import('../contenders/list.mjs').Held}
 */
export function countPoints(bytes, name) {
  const inside = (messages, field) => messages.flatMap((one) => contents(one, field));
  const metrics = inside(inside(contents(bytes, 1), 2), 2);
  const points = metrics
    .filter((metric) => contents(metric, 1)[0].toString('utf8') === name)
    .flatMap((metric) => inside(contents(metric, 7), 1));
  const values = points.map((point) => {
    // A double, or a whole number.
    const [double] = contents(point, 4);
    return double ? double.readDoubleLE() : Number(contents(point, 6)[0].readBigInt64LE());
  });
  return { series: values.length, total: values.reduce((sum, value) => sum + value, 0) };
}

/**
 * Counts the samples of one metric in a `WriteRequest` of remote write 1.0, and adds them up.
 * @param {Buffer} bytes
 * @param {string} name
 * @returns {import('../contenders/list.mjs').Held}
 */
export function countWritten(bytes, name) {
  const values = contents(bytes, 1).flatMap((series) => {
    const labels = contents(series, 1).map((label) =>
      [1, 2].map((i) => String(contents(label, i)[0])),
    );
    if (!labels.some(([label, value]) => label === '__name__' && value === name)) return [];
    return contents(series, 2).map((sample) => contents(sample, 1)[0]?.readDoubleLE() ?? 0);
  });
  return { series: values.length, total: values.reduce((sum, value) => sum + value, 0) };
}

const contents = (bytes, wanted) =>
  fieldsIn(bytes).flatMap(({ field, bytes }) => (field === wanted ? [bytes] : []));

/** @param {Buffer} bytes @returns {{ field: number, bytes: Buffer }[]} */
function fieldsIn(bytes) {
  const fields = [];
  for (let at = 0; at < bytes.length; ) {
    const { value: key, end: after } = varintAt(bytes, at);
    const type = key & 7;
    const { value, end } = type === 1 ? { value: 8, end: after } : varintAt(bytes, after);
    const isCounted = type === 1 || type === 2;
    at = isCounted ? end + value : end;
    fields.push({ field: key >> 3, bytes: isCounted ? bytes.subarray(end, at) : bytes });
  }
  return fields;
}

function varintAt(bytes, start) {
  let value = 0;
  let at = start;
  for (let factor = 1; ; factor *= 128) {
    value += (bytes[at] & 127) * factor;
    if (bytes[at++] < 128) return { value, end: at };
  }
}
