/** Runs a script with a Python that has what it needs. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Resolves to what the script beside this file answers, as JSON. */
export async function askPython<Answer>(
  python: string | undefined,
  script: string,
  args: readonly string[],
  input: unknown,
): Promise<Answer> {
  if (!python) throw new Error(`there is no Python for ${script}`);
  const path = fileURLToPath(new URL(script, import.meta.url));
  const running = spawn(python, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  running.stdin.end(JSON.stringify(input));
  let output = '';
  for await (const chunk of running.stdout.setEncoding('utf8')) output += chunk;
  return JSON.parse(output);
}
