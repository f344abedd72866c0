/** Asks Prometheus itself about an exposition: `promtool check metrics`. */
import { spawn } from 'node:child_process';
import { promtoolPath } from '../parts.ts';

export interface PromtoolResult {
  /**
   * The exposition cannot be read. promtool does not find everything: it accepts a series that is there
   * twice.
   */
  readonly parseError?: string;
  /** The exposition can be read, but breaks naming customs. There is one line for each finding. */
  readonly lint: readonly string[];
}

/** promtool's exit codes: all is well; it cannot be parsed, or anything else failed; lint. */
const CLEAN = 0;
const FAILED = 1;
const LINT = 3;

export async function checkMetrics(text: string): Promise<PromtoolResult> {
  const { code, stderr } = await run(text);
  const lines = stderr.split('\n').filter(Boolean);
  if (code === CLEAN) return { lint: [] };
  if (code === LINT) return { lint: lines };
  // The code 1 also means wrong usage. Only this wording is about the text that was given.
  if (code === FAILED && stderr.startsWith('error while linting:')) {
    return { parseError: stderr.replace('error while linting:', '').trim(), lint: [] };
  }
  throw new Error(`promtool ended with ${code}: ${stderr}`);
}

function run(text: string): Promise<{ code: number | null; stderr: string }> {
  const path = promtoolPath();
  if (!path) return Promise.reject(new Error('promtool is not installed'));
  return new Promise((resolve, reject) => {
    const tool = spawn(path, ['check', 'metrics'], { stdio: ['pipe', 'ignore', 'pipe'] });
    let stderr = '';
    tool.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    tool.once('error', reject);
    tool.once('close', (code) => resolve({ code, stderr }));
    // It may stop reading at the first error; then its stderr is the answer.
    tool.stdin.once('error', () => {});
    tool.stdin.end(text);
  });
}
