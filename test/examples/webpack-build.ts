import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { InstalledExample } from './installed-example.ts';

/** The part of webpack's type that is used here. */
interface Stats {
  toString(preset: 'normal'): string;
  hasErrors(): boolean;
}
type Webpack = (
  options: { context: string; mode: 'production'; output: { path: string } },
  done: (error: Error | null, stats?: Stats) => void,
) => void;

/** Does what `webpack --mode production` does in the folder. That command is in another package. */
export function buildWithWebpack({ folder }: InstalledExample): Promise<string> {
  const webpack = createRequire(join(folder, 'package.json'))('webpack') as Webpack;
  const output = { path: join(folder, 'dist') };
  return new Promise((resolve, reject) => {
    webpack({ context: folder, mode: 'production', output }, (error, stats) => {
      if (error) return reject(error);
      const said = stats!.toString('normal');
      return stats!.hasErrors() ? reject(new Error(said)) : resolve(said);
    });
  });
}
