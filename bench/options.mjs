/**
 * The command line.
 */
import { parseArgs } from 'node:util';
import { CONTENDERS } from './contenders/list.mjs';
import { isBuilt } from './harness/machine.mjs';

export const PARTS = ['hot-path', 'creation', 'scrape', 'events', 'frames'];

const USAGE = `node bench/run.mjs [part ...] [--quick] [--write] [--without <contender>]
parts: ${PARTS.join(', ')}; all of them when none is named
contenders: ${CONTENDERS.map(({ id }) => id).join(', ')}`;

/** @param {string[]} args */
export function readOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      without: { type: 'string', multiple: true, default: [] },
    },
  });
  const unknown = [
    ...positionals.filter((part) => !PARTS.includes(part)),
    ...values.without.filter((id) => !CONTENDERS.some((contender) => contender.id === id)),
  ];
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}\n${USAGE}`);

  const contenders = CONTENDERS.filter(({ id }) => !values.without.includes(id));
  const absent = contenders.find((contender) => !isBuilt(contender.package));
  if (absent) {
    const remedy = absent.id === 'ours' ? 'npm run build' : 'npm install';
    throw new Error(`${absent.package} is not there: ${remedy}, or --without ${absent.id}`);
  }
  return {
    parts: PARTS.filter((part) => positionals.length === 0 || positionals.includes(part)),
    quick: values.quick,
    write: values.write,
    contenders,
  };
}
