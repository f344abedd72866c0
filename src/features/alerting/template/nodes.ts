/** Where a node stands in the text of the template, in UTF-16 units. It is what errors name as its place. */
interface At {
  readonly at: number;
}

export type Operand = At &
  (
    | { readonly kind: 'dot' | 'nil' }
    | { readonly kind: 'bool'; readonly value: boolean }
    | { readonly kind: 'number'; readonly text: string; readonly value: number | bigint }
    | { readonly kind: 'string'; readonly text: string; readonly value: string }
    | { readonly kind: 'function'; readonly name: string }
    | { readonly kind: 'field'; readonly names: readonly string[] }
    | { readonly kind: 'variable'; readonly name: string; readonly names: readonly string[] }
    | { readonly kind: 'chain'; readonly of: Operand; readonly names: readonly string[] }
    | Pipe
  );

export interface Command extends At {
  readonly kind: 'command';
  readonly args: readonly Operand[];
}

/** Commands of which each gets what the one before has given, and the variables that take the last value. */
export interface Pipe extends At {
  readonly kind: 'pipe';
  readonly variables: readonly string[];
  /** Whether the variable is there already. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export type Statement = At &
  (
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'action'; readonly pipe: Pipe }
    | { readonly kind: 'break' | 'continue' }
    | { readonly kind: 'template'; readonly name: string; readonly pipe?: Pipe | undefined }
    | Block
  );

export interface Block extends At {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipe: Pipe;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
}

/** A node as it is shown in errors. */
export function shown(node: Operand | Command): string {
  const fields = (names: readonly string[]) => names.map((name) => `.${name}`).join('');
  switch (node.kind) {
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'bool':
      return String(node.value);
    case 'number':
    case 'string':
      return node.text;
    case 'function':
      return node.name;
    case 'field':
      return fields(node.names);
    case 'variable':
      return node.name + fields(node.names);
    case 'chain':
      return inBrackets(node.of) + fields(node.names);
    case 'command':
      return node.args.map(inBrackets).join(' ');
    case 'pipe': {
      const sign = node.assigns ? ' = ' : ' := ';
      const taken = node.variables.length > 0 ? node.variables.join(', ') + sign : '';
      return taken + node.commands.map(shown).join(' | ');
    }
  }
}

function inBrackets(node: Operand): string {
  return node.kind === 'pipe' ? `(${shown(node)})` : shown(node);
}
