/** The server runtimes that the package must work in, and how each is told to run a program. */
import { bunPath, denoPath, type NodeName, nodeMajors, nodePath, requirePart } from '../parts.ts';

export interface Preload {
  readonly flag: string;
  readonly file: 'preload.mjs' | 'preload.cjs';
  /** Whether it goes to NODE_OPTIONS instead of the command line. */
  readonly inEnvironment?: boolean;
}

export interface ServerRuntime {
  /** The name of its row in the table of docs/runtimes.md. */
  readonly name: string;
  readonly kind: 'node' | 'deno' | 'bun';
  readonly command: string;
  /** The arguments before the program. */
  readonly args: readonly string[];
  /** The ways to make it run `preload` before the program. */
  readonly preloads: readonly Preload[];
  readonly present: boolean;
}

function node(major: number): ServerRuntime {
  const name: NodeName = `node${major}`;
  const command = nodePath(name);
  return {
    name: `Node ${major}`,
    kind: 'node',
    command: command ?? '',
    args: [],
    preloads: [
      { flag: '--import', file: 'preload.mjs' },
      { flag: '--import', file: 'preload.mjs', inEnvironment: true },
      { flag: '--require', file: 'preload.cjs' },
      { flag: '--require', file: 'preload.cjs', inEnvironment: true },
    ],
    present: requirePart(name, command),
  };
}

/** The Nodes that the tests run on, the oldest first. */
export const NODES = nodeMajors().map(node);
export const node20 = node(20);
export const node22 = node(22);
export const node24 = node(24);
export const node26 = node(26);

export const deno: ServerRuntime = {
  name: 'Deno 2',
  kind: 'deno',
  command: denoPath() ?? '',
  args: ['run', '-A'],
  preloads: [{ flag: '--preload', file: 'preload.mjs' }],
  present: requirePart('deno', denoPath()),
};

export const bun: ServerRuntime = {
  name: 'Bun 1',
  kind: 'bun',
  command: bunPath() ?? '',
  args: ['run'],
  preloads: [{ flag: '--preload', file: 'preload.mjs' }],
  present: requirePart('bun', bunPath()),
};

export const SERVER_RUNTIMES = [...NODES, deno, bun];

/** Returns the same runtime with other arguments, e.g. for fewer permissions. */
export function restricted(runtime: ServerRuntime, name: string, args: string[]): ServerRuntime {
  return { ...runtime, name: `${runtime.name}, ${name}`, args };
}
