import { join } from 'node:path';
import webpack from 'webpack';
import type { InstalledExample } from './installed-example.ts';

/** What `webpack --mode production` does in the folder; the command itself is another package. */
export function buildWithWebpack({ folder }: InstalledExample): Promise<string> {
  const output = { path: join(folder, 'dist') };
  return new Promise((resolve, reject) => {
    webpack({ context: folder, mode: 'production', output }, (error, stats) => {
      if (error) return reject(error);
      const said = stats!.toString('normal');
      return stats!.hasErrors() ? reject(new Error(said)) : resolve(said);
    });
  });
}
