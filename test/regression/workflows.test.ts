/**
 * The workflows of GitHub cannot be run here, so this checks what would make them fail there: Firefox did not start, since
 * the home of a container belongs to another user.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';

interface Job {
  readonly container: string | { readonly image: string; readonly options?: string };
  readonly env?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const { packages } = JSON.parse(read('test/parts/runtimes/package-lock.json')) as {
  packages: Record<string, { version: string }>;
};
const pinned = [20, 22, 24, 26].map(
  (line) => packages[`node_modules/node${line}-linux-x64`]!.version,
);

const FOLDER = '.github/workflows/';
const jobs = readdirSync(new URL(FOLDER, root)).flatMap((file) => {
  const workflow = load(read(FOLDER + file)) as { readonly jobs: Record<string, Job> };
  return Object.entries(workflow.jobs).map(([name, job]) => [`${file}: ${name}`, job] as const);
});
const commandsOf = ({ steps }: Job) => steps.flatMap(({ run = [] }) => run);

describe.each(jobs)('%s', (_, job) => {
  const { container, strategy, steps } = job;
  const image = typeof container === 'string' ? container : container.image;

  it('uses only what cannot change', () => {
    const used = steps.flatMap(({ uses = [] }) => uses);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });

  it('runs in versions of Node that the tests know', () => {
    const [, named] = /^node:(.*)-bookworm$/.exec(image)!;
    const versions = strategy?.matrix.node ?? [named];
    expect(versions.filter((version) => !pinned.includes(version!))).toEqual([]);
  });

  it('runs commands that there are', () => {
    for (const command of commandsOf(job)) {
      const [, script] = /^npm run (\S+)/.exec(command) ?? [];
      if (script) expect(scripts).toHaveProperty([script]);
      if (command.startsWith('.')) expect(existsSync(new URL(command, root))).toBe(true);
    }
  });
});

const withBrowsers = jobs.filter(([, job]) =>
  commandsOf(job).some((command) => /^(\.ci\/run|npm run test)/.test(command)),
);

it.each(withBrowsers)('%s has what browsers need', (_, { container, env }) => {
  expect(env).toHaveProperty('HOME', '/root');
  expect(container).toHaveProperty('options', expect.stringMatching(/--shm-size=[1-9]\d*g/));
});
