/**
 * Tells where the parts are that the tests and the benchmark run against: browsers, a Prometheus server, all
 * server runtimes. scripts/install-parts.mjs installs what is missing.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Folders with packages that a lock file pins, by their names on the command line. */
export const PACKAGES = {
  test: folder('test'),
  runtimes: folder('test/parts/runtimes'),
  bundlers: folder('test/parts/bundlers'),
  checks: folder('test/parts/checks'),
  otlp: folder('test/parts/otlp'),
  pm2: folder('test/parts/pm2'),
  promClient: folder('test/parts/prom-client'),
  peers: folder('bench/peers'),
  site: folder('docs/site'),
};

/** Returns the path of a command that the packages of such a folder bring. */
const command = (packages, name) => join(PACKAGES[packages], 'node_modules/.bin', name);

/**
 * Every part: how it is found, what it is for, and where it comes from. `places` is a function that is called
 * each time, since what it returns may depend on what is installed. `has` says whether a program that was found
 * is the part: there may be several Pythons, and only some have a package. With `isData` it is no program.
 */
export const PARTS = {
  chromium: {
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'chrome'],
    places: () => [
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
    places: () => ['/Applications/Firefox.app/Contents/MacOS/firefox'],
    env: 'FIREFOX_PATH',
    debianPackage: 'firefox-esr',
    purpose: 'the tests in Firefox (test/browser)',
  },
  webkit: {
    places: miniBrowsers,
    env: 'WEBKIT_PATH',
    debianPackage: 'webkit2gtk-driver',
    purpose: 'the tests in WebKit (test/browser)',
  },
  webkitDriver: {
    commands: ['WebKitWebDriver'],
    env: 'WEBKIT_DRIVER_PATH',
    debianPackage: 'webkit2gtk-driver',
    purpose: 'driving WebKit (test/browser)',
  },
  xvfb: {
    commands: ['Xvfb'],
    env: 'XVFB_PATH',
    debianPackage: 'xvfb',
    purpose: 'the display that WebKit draws on (test/browser)',
  },
  prometheus: {
    commands: ['prometheus'],
    places: () => ['/usr/local/bin/prometheus', '/opt/prometheus/prometheus'],
    env: 'PROMETHEUS_PATH',
    debianPackage: 'prometheus',
    purpose: 'the scrapes by a real Prometheus server (test/backends)',
  },
  promtool: {
    commands: ['promtool'],
    places: () => ['/usr/local/bin/promtool', '/opt/prometheus/promtool'],
    env: 'PROMTOOL_PATH',
    debianPackage: 'prometheus',
    purpose: "checking expositions with Prometheus' own linter",
  },
  alertmanager: {
    commands: ['prometheus-alertmanager', 'alertmanager'],
    places: () => ['/usr/local/bin/alertmanager', '/opt/prometheus/alertmanager'],
    env: 'ALERTMANAGER_PATH',
    debianPackage: 'prometheus-alertmanager',
    purpose: 'sending alerts to a real Alertmanager (test/alerting)',
  },
  pushgateway: {
    commands: ['prometheus-pushgateway', 'pushgateway'],
    places: () => ['/usr/local/bin/pushgateway', '/opt/prometheus/pushgateway'],
    env: 'PUSHGATEWAY_PATH',
    debianPackage: 'prometheus-pushgateway',
    purpose: 'sending our protobuf there and back through a real Pushgateway (test/backends)',
  },
  victoriaMetrics: {
    commands: ['victoria-metrics', 'victoria-metrics-prod'],
    env: 'VICTORIA_METRICS_PATH',
    debianPackage: 'victoria-metrics',
    purpose: 'sending to a real VictoriaMetrics by remote write (test/backends)',
  },
  influxdb: {
    commands: ['influxd'],
    env: 'INFLUXD_PATH',
    debianPackage: 'influxdb',
    purpose: 'sending to a real InfluxDB by remote write (test/backends)',
  },
  prometheusClient: {
    commands: ['python3'],
    // The system's Python has what the system's packages bring. It need not be the first on the path.
    places: () => ['/usr/bin/python3'],
    has: (python) => spawnSync(python, ['-c', 'import prometheus_client']).status === 0,
    env: 'PROMETHEUS_CLIENT_PYTHON',
    debianPackage: 'python3-prometheus-client',
    purpose: "reading OpenMetrics with the parser of Prometheus' client for Python (test/backends)",
  },
  pythonProtobuf: {
    commands: ['python3'],
    places: () => ['/usr/bin/python3'],
    has: (python) => spawnSync(python, ['-c', 'import google.protobuf']).status === 0,
    env: 'PROTOBUF_PYTHON',
    debianPackage: 'python3-protobuf',
    purpose: "reading our protobuf with Google's own library (test/backends)",
  },
  pythonSnappy: {
    commands: ['python3'],
    places: () => ['/usr/bin/python3'],
    has: (python) => spawnSync(python, ['-c', 'import snappy']).status === 0,
    env: 'SNAPPY_PYTHON',
    debianPackage: 'python3-snappy',
    purpose: "reading what we compress with Google's own Snappy (test/backends)",
  },
  protoc: {
    commands: ['protoc'],
    env: 'PROTOC_PATH',
    debianPackage: 'protobuf-compiler',
    purpose:
      'compiling the official schema of the protobuf that Prometheus scrapes (test/backends)',
  },
  timestampSchema: {
    places: () => ['/usr/include/google/protobuf/timestamp.proto'],
    isData: true,
    env: 'TIMESTAMP_SCHEMA_PATH',
    debianPackage: 'libprotobuf-dev',
    purpose: 'the schema of times, which the one of Prometheus imports (test/backends)',
  },
  metricsSchema: {
    places: () => [
      '/usr/share/gocode/src/github.com/prometheus/client_model/io/prometheus/client/metrics.proto',
    ],
    isData: true,
    env: 'METRICS_SCHEMA_PATH',
    debianPackage: 'golang-github-prometheus-client-model-dev',
    purpose: 'the official schema of the protobuf that Prometheus scrapes (test/backends)',
  },
  otlpSchema: {
    places: () => [
      join(PACKAGES.otlp, 'node_modules/@opentelemetry/otlp-grpc-exporter-base/build/protos'),
    ],
    isData: true,
    env: 'OTLP_SCHEMA_PATH',
    packages: 'otlp',
    purpose: 'the official schema of OTLP (test/backends)',
  },
  otlpReceiver: {
    places: () => [join(PACKAGES.otlp, 'node_modules/autotel-devtools/dist/cli.js')],
    isData: true,
    env: 'OTLP_RECEIVER_PATH',
    packages: 'otlp',
    purpose: 'sending OTLP to a running receiver (test/backends)',
  },
  pm2: {
    places: () => [command('pm2', 'pm2')],
    env: 'PM2_PATH',
    packages: 'pm2',
    purpose: 'starting the processes of a server with PM2 (test/processes)',
  },
  valgrind: {
    commands: ['valgrind'],
    env: 'VALGRIND_PATH',
    debianPackage: 'valgrind',
    purpose: 'counting instructions (npm run bench:instructions)',
  },
  deno: runtimePart('deno', () => [command('runtimes', 'deno')]),
  bun: runtimePart('bun', () => [command('runtimes', 'bun')]),
  ...Object.fromEntries(
    nodeMajors().map((major) => [`node${major}`, runtimePart(`node${major}`, () => nodes(major))]),
  ),
};

/** Returns the major versions of Node that the manifest of the runtimes names, the oldest first. */
export function nodeMajors() {
  const manifest = readFileSync(join(PACKAGES.runtimes, 'package.json'), 'utf8');
  const named = Object.keys(JSON.parse(manifest).optionalDependencies);
  const majors = named.map((name) => Number(/^node(\d+)-/.exec(name)[1]));
  return [...new Set(majors)].sort((a, b) => a - b);
}

function runtimePart(name, places) {
  return {
    places,
    env: `${name.toUpperCase()}_PATH`,
    packages: 'runtimes',
    purpose: `running the packed package on ${name} (test/runtimes)`,
  };
}

/**
 * Returns where a Node may be. The pinned one comes first. If there is none for this platform, the Node that
 * runs this is taken, if its version fits.
 */
function nodes(major) {
  const { platform, arch, execPath, versions } = process;
  const pinned = `node_modules/node${major}-${platform}-${arch}/bin/node`;
  const running = versions.node.startsWith(`${major}.`) ? [execPath] : [];
  const file = join(PACKAGES.runtimes, pinned);
  return [file, `${file}.exe`, ...running];
}

/** WebKitGTK's MiniBrowser lies beside its library, in a folder named after the versions of both. */
function miniBrowsers() {
  const folders = (place, pattern) => {
    try {
      return readdirSync(place).filter((name) => pattern.test(name));
    } catch {
      return []; // this is not Debian
    }
  };
  return folders('/usr/lib', /-linux-/).flatMap((triplet) =>
    folders(join('/usr/lib', triplet), /^webkit2gtk-4/).map((version) =>
      join('/usr/lib', triplet, version, 'MiniBrowser'),
    ),
  );
}

/**
 * Returns the path of a part, or undefined. If its environment variable, such as CHROMIUM_PATH, is set, no
 * other place counts.
 */
export function findPart(name) {
  const { env, commands = [], places = () => [], has = () => true, isData } = PARTS[name];
  const isPart = (path) => (isData ? existsSync(path) : isExecutable(path) && has(path));
  const given = process.env[env];
  if (given) return isPart(given) ? given : undefined;
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const named = onPath.flatMap((place) => commands.map((one) => join(place, one)));
  return [...named, ...places()].find(isPart);
}

/** Says what a person should do to get a part. */
export function howToInstall(name) {
  const { debianPackage, packages, purpose, env } = PARTS[name];
  const install = debianPackage
    ? `apt-get install ${debianPackage}`
    : `node scripts/install-parts.mjs ${packages}`;
  return `${name} is missing. It is for ${purpose}. Install it: ${install}, or set ${env} to its path.`;
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
