/**
 * Notes which packages of others the build puts into dist/, since their licences apply to what is published. A test
 * compares them with THIRD_PARTY_NOTICES.md and with the licence in package.json.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';

/** Where they are noted: for each name the `version` and the `license` of the package. */
export const BUNDLED_PACKAGES = new URL('../.parts/bundled-packages.json', import.meta.url);

/** What all builds of one run have put into dist/. */
const found = {};

export const bundledPackages = {
  name: 'bundled-packages',
  async generateBundle(_, bundle) {
    const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
    for (const [id, { renderedLength }] of chunks.flatMap(({ modules }) =>
      Object.entries(modules),
    )) {
      const inPackage = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id);
      // A plugin may mark an ID of its own with a null character.
      if (!inPackage || renderedLength === 0) continue;
      const [folder, name] = inPackage;
      const text = await readFile(`${folder.replace('\0', '')}/package.json`, 'utf8');
      const { version, license } = JSON.parse(text);
      found[name] = { version, license };
    }
  },
  async writeBundle() {
    await mkdir(new URL('.', BUNDLED_PACKAGES), { recursive: true });
    await writeFile(BUNDLED_PACKAGES, JSON.stringify(found, null, 2));
  },
};
