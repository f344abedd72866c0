/**
 * Measures what observing a request costs the thread that answers it: its metrics and its span, here with
 * `instrumentProcess()` and with OpenTelemetry's instrumentation-http and SDK. Each is a process of its own, since both
 * change the whole process, and so is a server that nobody observes, whose CPU time is taken off.
 * `node bench/requests.mjs [--rounds 15]`
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const child = fileURLToPath(new URL('children/observed-server.mjs', import.meta.url));
const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 15;
const WARM_UP = 5;
const CONTENDERS = ['nothing', 'ours', 'OpenTelemetry'];

const servers = CONTENDERS.map((name) => fork(child, [name]));
for (const server of servers) server.once('exit', (code) => process.exit(code || 1));
await Promise.all(servers.map((server) => once(server, 'message')));
const found = CONTENDERS.map(() => []);
for (let round = -WARM_UP; round < rounds; round++) {
  for (const [i, server] of servers.entries()) {
    server.send('round');
    const [nanoseconds] = await once(server, 'message');
    if (round >= 0) found[i].push(nanoseconds);
  }
}
for (const server of servers) server.removeAllListeners('exit').kill();

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const [nothing, ours, theirs] = found.map(median);
const micro = (nanoseconds) => (nanoseconds / 1000).toFixed(1);
console.log(
  `a request that nobody observes: ${micro(nothing)} µs of CPU time of the server's thread`,
);
console.log(`ours: ${micro(ours - nothing)} µs more`);
console.log(`OpenTelemetry: ${micro(theirs - nothing)} µs more`);
const ratios = found[1].map((ns, i) => (ns - found[0][i]) / (found[2][i] - found[0][i]));
console.log(`ours / OpenTelemetry: ${median(ratios).toFixed(2)}`);
process.exit();
