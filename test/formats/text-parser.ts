/** A sample as a reader of the text format sees it. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Parsed {
  readonly types: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
  readonly samples: readonly ParsedSample[];
}

/** A name as it stands in the text, and in quotes as the version 1.0.0 also has it. */
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const QUOTED = '"(?:\\\\.|[^"\\\\])*"';

/**
 * Reads the text exposition format as its specification says, and throws at anything else. It was written
 * from the specification, not from the renderer.
 * @param hasQuotes whether names may stand in quotes, as in version 1.0.0
 */
export function parseText(text: string, hasQuotes = false): Parsed {
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  const samples: ParsedSample[] = [];
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end');
  for (const line of text.split('\n').slice(0, -1)) {
    const name = hasQuotes ? `${NAME}|${QUOTED}` : NAME;
    const comment = new RegExp(`^# (HELP|TYPE) (${name}) (.*)$`, 's').exec(line);
    if (!comment) samples.push(hasQuotes ? parseQuoting(line) : parseSample(line));
    else if (comment[1] === 'HELP') once(help, unquoted(comment[2]), unescaped(comment[3], 'n\\'));
    else once(types, unquoted(comment[2]), comment[3]);
  }
  return { types, help, samples };
}

function once(map: Map<string, string>, name: string, value: string): void {
  if (map.has(name)) throw new Error(`${name} stands twice`);
  map.set(name, value);
}

function parseSample(line: string): ParsedSample {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
  if (!name) throw new Error(`no name: ${JSON.stringify(line)}`);
  const labels: [string, string][] = [];
  let at = name.length;
  if (line[at] === '{') {
    do {
      const label = /^[a-zA-Z_][a-zA-Z0-9_]*(?==")/.exec(line.slice(++at))?.[0];
      if (!label) throw new Error(`no label name at ${at}: ${JSON.stringify(line)}`);
      const start = (at += label.length + 2);
      while (line[at] !== '"') {
        if (at >= line.length) throw new Error(`no closing quote: ${JSON.stringify(line)}`);
        at += line[at] === '\\' ? 2 : 1;
      }
      labels.push([label, unescaped(line.slice(start, at++), 'n\\"')]);
    } while (line[at] === ',');
    if (line[at++] !== '}') throw new Error(`no closing brace: ${JSON.stringify(line)}`);
  }
  if (new Set(labels.map(([label]) => label)).size < labels.length) throw new Error('label twice');
  const value = /^ (\S+)$/.exec(line.slice(at))?.[1];
  if (value === undefined) throw new Error(`no value: ${JSON.stringify(line)}`);
  return { name, labels: Object.fromEntries(labels), value: parseNumber(value) };
}

/** Reads a sample in which names may stand in quotes; that of the metric then comes first in the braces. */
function parseQuoting(line: string): ParsedSample {
  const bare = new RegExp(`^${NAME}`).exec(line)?.[0];
  const names: string[] = bare ? [bare] : [];
  const labels: [string, string][] = [];
  let rest = line.slice(bare?.length ?? 0);
  while (/^[{,]/.test(rest)) {
    const pair = new RegExp(`^[{,](${NAME}|${QUOTED})(?:=(${QUOTED}))?`, 's').exec(rest);
    if (!pair) throw new Error(`no label: ${JSON.stringify(line)}`);
    if (pair[2] !== undefined) labels.push([unquoted(pair[1]), unquoted(pair[2])]);
    else if (pair[1].startsWith('"') && labels.length === 0) names.push(unquoted(pair[1]));
    else throw new Error(`a label without a value: ${JSON.stringify(line)}`);
    rest = rest.slice(pair[0].length);
    if (rest.startsWith('}')) rest = rest.slice(1);
    else if (!rest.startsWith(',')) throw new Error(`no closing brace: ${JSON.stringify(line)}`);
  }
  if (names.length !== 1) throw new Error(`no name, or two: ${JSON.stringify(line)}`);
  if (new Set(labels.map(([label]) => label)).size < labels.length) throw new Error('label twice');
  const value = /^ (\S+)$/.exec(rest)?.[1];
  if (value === undefined) throw new Error(`no value: ${JSON.stringify(line)}`);
  return { name: names[0], labels: Object.fromEntries(labels), value: parseNumber(value) };
}

function unquoted(name: string): string {
  return name.startsWith('"') ? unescaped(name.slice(1, -1), 'n\\"') : name;
}

function unescaped(text: string, allowed: string): string {
  return text.replace(/\\(.?)/gs, (_, character: string) => {
    if (character === '' || !allowed.includes(character)) throw new Error(`\\${character}`);
    return character === 'n' ? '\n' : character;
  });
}

function parseNumber(text: string): number {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  if (text === 'NaN') return NaN;
  if (!/^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(text)) throw new Error(`no number: ${text}`);
  return Number(text);
}
