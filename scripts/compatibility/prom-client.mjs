/** Runs the tests of prom-client, which are for Jest, with this package in the place of its sources. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OURS = fileURLToPath(new URL('../../dist/prom-client.cjs', import.meta.url));

/** What the tests load from `lib/`, of this package. All else in it is internal to prom-client, and stays. */
const MODULES = {
  'index.js': 'module.exports = client;',
  'lib/registry.js': 'module.exports = client.Registry;',
  'lib/cluster.js': 'module.exports = client.AggregatorRegistry;',
  ...Object.fromEntries(
    ['counter', 'gauge', 'histogram', 'summary', 'pushgateway'].map((name) => [
      `lib/${name}.js`,
      `module.exports = client.${name[0].toUpperCase()}${name.slice(1)};`,
    ]),
  ),
  'lib/defaultMetrics.js': 'module.exports = client.collectDefaultMetrics;',
};

/** Tests have Jest replace modules of Node. This package does not get those with `require()`. */
const GIVEN_MODULES = `'use strict';
process.getBuiltinModule = (name) => require(name.replace('node:', ''));
`;

/** Those that prom-client makes with a function each are made together here, and the ones in question are taken. */
const ONE_GROUP = (file) => `
const names = require('./original-${file}').metricNames;
module.exports = (registry, config = {}) => {
  const all = new client.Registry(client.register.contentType);
  client.collectDefaultMetrics({ ...config, register: all });
  for (const name of names) {
    const metric = all.getSingleMetric((config.prefix ?? '') + name);
    if (metric) (registry ?? client.register).registerMetric(metric);
  }
};
module.exports.metricNames = names;
`;

/** Why cases fail. `test` matches the full title. */
export const REASONS = [];

/** Resolves to the version of the checkout, and to what has become of each case with it and with this package. */
export async function run(checkout) {
  const { version } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8'));
  const folder = await mkdtemp(join(tmpdir(), 'compatibility-'));
  try {
    for (const part of ['package.json', 'index.js', 'lib', 'test', 'example']) {
      await cp(join(checkout, part), join(folder, part), { recursive: true });
    }
    await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
    const original = cases(folder);
    await putOurs(folder);
    return { version, original, ours: cases(folder) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function putOurs(folder) {
  const client = `${GIVEN_MODULES}const client = require(${JSON.stringify(OURS)});\n`;
  for (const [file, text] of Object.entries(MODULES)) {
    await writeFile(join(folder, file), `${client}${text}\n`);
  }
  const metrics = join(folder, 'lib/metrics');
  const tested = [
    ...['eventLoopLag', 'gc', 'heapSizeAndUsed', 'heapSpacesSizeAndUsed', 'processHandles'],
    ...['processMaxFileDescriptors', 'processOpenFileDescriptors', 'processRequests'],
    ...['processResources', 'processStartTime', 'version'],
  ];
  for (const name of tested) {
    await cp(join(metrics, `${name}.js`), join(metrics, `original-${name}.js`));
    await writeFile(join(metrics, `${name}.js`), `${client}${ONE_GROUP(`${name}.js`)}`);
  }
}

/** Tests of what is internal to prom-client: with this package, too, they would run against prom-client. */
const INTERNAL = ['utilTest.js', 'validationTest.js', 'timeWindowQuantilesTest.js'];

function cases(folder) {
  const files = readdirSync(join(folder, 'test'), { recursive: true, encoding: 'utf8' });
  const tests = files.filter((file) => file.endsWith('Test.js') && !INTERNAL.includes(file));
  return tests.flatMap((file) => casesOf(folder, file));
}

/** Each file has a process of its own, since a promise that rejects when a case is over ends the process. */
function casesOf(folder, file) {
  const jest = join(folder, 'node_modules/jest/bin/jest.js');
  const results = join(folder, 'results.json');
  rmSync(results, { force: true });
  const args = [jest, '--json', `--outputFile=${results}`, '--ci', '-i', join('test', file)];
  const { stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (!existsSync(results)) {
    return [{ title: `${file} has not ended`, status: 'failed', message: stderr.slice(-2000) }];
  }
  const [{ assertionResults, message }] = JSON.parse(readFileSync(results, 'utf8')).testResults;
  if (assertionResults.length === 0) {
    return [{ title: `${file} has not run`, status: 'failed', message }];
  }
  return assertionResults.map(({ fullName, status, failureMessages }) => ({
    title: fullName,
    status,
    message: failureMessages.join('\n').slice(0, 1000),
  }));
}
