/** Makes elements of SVG as text, and what all charts have in common: colours, marks and a legend. */

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters have no place in XML, not even escaped. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** @param {unknown} content */
export const escapeText = (content) =>
  String(content)
    .replace(NOT_XML, '\ufffd')
    .replace(/[&<>"]/g, (character) => ENTITIES[character]);

/** A tenth of a pixel is fine enough, and makes the text shorter. */
const short = (value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value);

/**
 * @param {string} name
 * @param {Record<string, unknown>} attributes
 * @param {string} [content]  already escaped
 */
export function element(name, attributes, content = '') {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeText(short(value))}"`)
    .join('');
  return content ? `<${name}${written}>${content}</${name}>` : `<${name}${written}/>`;
}

/** @param {{ anchor?: string, kind?: string }} [options] */
export const label = (x, y, content, { anchor, kind } = {}) =>
  element('text', { x, y, 'text-anchor': anchor, class: kind }, escapeText(content));

/**
 * Colours and marks, one for each series, for light and dark. There is one more mark than colours, so that
 * two series with the same colour have different marks.
 */
const COLOURS = [
  ['#0969da', '#58a6ff'],
  ['#bc4c00', '#ffa657'],
  ['#8250df', '#d2a8ff'],
  ['#1a7f37', '#7ee787'],
  ['#6e7781', '#9da7b3'],
  ['#bf3989', '#ff9bce'],
];

const MARKS = [
  'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  'M-3.5-3.5h7v7h-7z',
  'M0-5L5 0L0 5L-5 0z',
  'M0-4.5L4.5 3.5H-4.5z',
  'M-4-1h3v-3h2v3h3v2h-3v3h-2v-3h-3z',
  'M0 4.5L4.5-3.5H-4.5z',
  'M-5-2h10v4h-10z',
];

const kindOf = (series) => `s${series % COLOURS.length}`;

export const mark = (series, x, y) =>
  element('path', {
    class: kindOf(series),
    d: MARKS[series % MARKS.length],
    transform: `translate(${short(x)} ${short(y)})`,
  });

/** @param {[number, number][]} points */
export const line = (series, points) =>
  element('path', {
    class: `${kindOf(series)} line`,
    d: points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join(''),
  });

const colourRules = (shade) =>
  COLOURS.map((shades, i) => `.s${i}{fill:${shades[shade]};stroke:${shades[shade]}}`).join('');

const STYLE = `
.back{fill:#fff}.grid{stroke:#d0d7de}text{fill:#24292f}.small{font-size:11px;fill:#57606a}
.head{font-weight:600}${colourRules(0)}.line{fill:none;stroke-width:1.5}
@media(prefers-color-scheme:dark){.back{fill:#0d1117}.grid{stroke:#30363d}text{fill:#e6edf3}
.small{fill:#9da7b3}${colourRules(1)}.line{fill:none}}
`;

/** Puts each title after its mark, in lines that are no longer than the chart is wide. */
export function legend(titles, { left, top, width }) {
  let x = left;
  let y = top;
  const entries = titles.map((title, series) => {
    const needed = 22 + title.length * 6.5;
    if (x > left && x + needed > left + width) {
      x = left;
      y += 18;
    }
    const entry = mark(series, x + 5, y - 4) + label(x + 14, y, title, { kind: 'small' });
    x += needed;
    return entry;
  });
  return { content: entries.join('\n'), bottom: y };
}

/**
 * The picture brings its own background, since the page behind it may be light or dark whatever the
 * reader's system prefers.
 */
export function svgDocument({ title, width, height }, content) {
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'font-family': 'system-ui, sans-serif',
    'font-size': 13,
  };
  const back = element('rect', { class: 'back', width, height, rx: 6 });
  const heading = label(16, 26, title, { kind: 'head' });
  return `${element('svg', root, `\n<title>${escapeText(title)}</title>\n<style>${STYLE}</style>\n${back}\n${heading}\n${content}\n`)}\n`;
}
