import { spawnSync } from 'node:child_process';

/**
 * Runs a command and returns whether it succeeded. What it said is printed only if it did not.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]  `env` is added to ours.
 */
export function runQuietly(command, args, { cwd, env } = {}) {
  const result = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (result.status === 0) return true;
  const said = result.error?.message ?? `${result.stdout}${result.stderr}`.trim();
  console.error(`${command} ${args.join(' ')} failed:\n${said}`);
  return false;
}
