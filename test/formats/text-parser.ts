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

/**
 * Reads the text exposition format as its specification says, and throws at anything else. It was written
 * from the specification, not from the renderer.
 */
export function parseText(text: string): Parsed {
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  const samples: ParsedSample[] = [];
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end');
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line);
    if (!comment) samples.push(parseSample(line));
    else if (comment[1] === 'HELP') once(help, comment[2], unescaped(comment[3], 'n\\'));
    else once(types, comment[2], comment[3]);
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
