/** The pages of the reference: one for each subpath of the package. */
import { SUBPATHS } from '../../scripts/subpaths.mjs';

const PACKAGE = 'utilityfog-telemetry';

/** Returns what to import to get what a page tells of. */
export const importOf = (page) => (page === PACKAGE ? PACKAGE : `${PACKAGE}/${page}`);

/** Its namespaces have pages of their own, so that this page is the first one of a folder. */
const FOLDERS = ['prom-client'];

/** Each has the name of its `page`, its `link`, its `source` below src/, and its `text`: what to import. */
export const REFERENCE = SUBPATHS
  // To import this one does something, and it exports nothing.
  .filter(({ name }) => name !== 'prom-client/register')
  .map(({ name, source }) => {
    const page = name === 'index' ? PACKAGE : name;
    const link = `/api/${page}${FOLDERS.includes(page) ? '/' : ''}`;
    return { page, link, source, text: importOf(page) };
  });
