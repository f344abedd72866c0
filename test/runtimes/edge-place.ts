/** workerd, the runtime of Cloudflare's edge functions, as miniflare starts it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { startFile } from './program.ts';
import type { Project } from './project.ts';
import { node24 } from './server-runtimes.ts';

export interface Edge {
  /** The address, which ends with a slash. */
  readonly url: string;
  close(): Promise<void>;
}

export const workerdVersion: string = createRequire(import.meta.url)(
  'workerd/package.json',
).version;

/** Bundles a program as wrangler does, with the installed package, and runs it. */
export async function startEdge(
  { folder }: Project,
  compatibilityFlags: readonly string[],
  name = 'edge',
): Promise<Edge> {
  const scriptPath = join(folder, `${name}-bundle.mjs`);
  await build({
    entryPoints: [join(folder, `programs/${name}.mjs`)],
    outfile: scriptPath,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*'],
    logLevel: 'error',
  });
  const starter = fileURLToPath(new URL('./miniflare.mjs', import.meta.url));
  const program = startFile(node24, folder, starter, { scriptPath, compatibilityFlags });
  const { url } = await program.next<{ url: string }>();
  const close = async () => {
    program.go();
    const { code, stderr } = await program.ended;
    if (code !== 0) throw new Error(`miniflare ended with ${code}:\n${stderr}`);
  };
  return { url, close };
}
