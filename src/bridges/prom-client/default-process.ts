/** The default metrics of the process, with the names and descriptions that they have in prom-client. */
import { nodeBuiltin } from '../../platform/node-builtin.ts';
import { currentTime } from '../../platform/timers.ts';
import { Counter } from './counter.ts';
import { attempt, type DefaultGroup } from './default-group.ts';

/** Undocumented, but the handles and requests of dashboards come from these. */
interface Internals {
  readonly _getActiveHandles?: () => readonly (object | null)[];
  readonly _getActiveRequests?: () => readonly (object | null)[];
}

export function processCpuTotal(group: DefaultGroup): void {
  const { labels, config } = group;
  const { enableExemplars = false } = config;
  const counter = (name: string, help: string) =>
    new Counter({ ...group.options(`process_cpu_${name}`, help), enableExemplars });
  const user = counter('user_seconds_total', 'Total user CPU time spent in seconds.');
  const system = counter('system_seconds_total', 'Total system CPU time spent in seconds.');
  const both = counter('seconds_total', 'Total user and system CPU time spent in seconds.');
  const last = process.cpuUsage();
  const add = (to: Counter, microseconds: number) => {
    const value = microseconds / 1e6;
    if (!enableExemplars) to.inc(labels, value);
    else to.inc({ labels, value, ...spanUnderWay() });
  };
  user.collect = () => {
    const now = process.cpuUsage();
    // In some containers these go back now and then. What was counted once is not counted again.
    const [users, systems] = [
      Math.max(0, now.user - last.user),
      Math.max(0, now.system - last.system),
    ];
    last.user += users;
    last.system += systems;
    add(user, users);
    add(system, systems);
    add(both, users + systems);
  };
}

/** Finds the span of OpenTelemetry under the symbols that its API has, since this package does not have the API. */
function spanUnderWay(): { exemplarLabels?: { traceId: string; spanId: string } } {
  interface Span {
    spanContext(): { traceId: string; spanId: string };
  }
  interface Api {
    context?: { active(): { getValue(key: symbol): unknown } };
  }
  const api = (globalThis as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')];
  const key = Symbol.for('OpenTelemetry Context Key SPAN');
  const span = (api as Api | undefined)?.context?.active().getValue(key) as Span | undefined;
  if (!span) return {};
  const { traceId, spanId } = span.spanContext();
  return { exemplarLabels: { traceId, spanId } };
}

export function processStartTime(group: DefaultGroup): void {
  const start = Math.round(currentTime() / 1000 - process.uptime());
  const help = 'Start time of the process since unix epoch in seconds.';
  group.gauge('process_start_time_seconds', help, () => start, 'omit');
}

export function processOpenFileDescriptors(group: DefaultGroup): void {
  if (process.platform !== 'linux') return;
  const files = nodeBuiltin('node:fs');
  // The directory that is being read is itself in the list.
  const read = () => attempt(() => files!.readdirSync('/proc/self/fd').length - 1);
  group.gauge('process_open_fds', 'Number of open file descriptors.', read);
}

export function processMaxFileDescriptors(group: DefaultGroup): void {
  const limits = attempt(() => nodeBuiltin('node:fs')!.readFileSync('/proc/self/limits', 'utf8'));
  const found = /^Max open files\s+(\d+)/m.exec(limits ?? '');
  if (!found) return;
  const limit = Number(found[1]);
  group.gauge('process_max_fds', 'Maximum number of open file descriptors.', () => limit);
}

const nameOf = (thing: object | null) => thing?.constructor?.name;
const namesOf = (things: readonly (object | null)[]) =>
  things.map(nameOf).filter((name) => name !== undefined);

export function processHandles(group: DefaultGroup): void {
  const { _getActiveHandles: handles } = process as Internals;
  if (typeof handles !== 'function') return;
  const help =
    'Number of active libuv handles grouped by handle type. Every handle type is C++ class name.';
  group.counts('nodejs_active_handles', help, 'Total number of active handles.', () =>
    namesOf(handles.call(process)),
  );
}

export function processRequests(group: DefaultGroup): void {
  const { _getActiveRequests: requests } = process as Internals;
  if (typeof requests !== 'function') return;
  const help =
    'Number of active libuv requests grouped by request type. Every request type is C++ class name.';
  group.counts('nodejs_active_requests', help, 'Total number of active requests.', () =>
    namesOf(requests.call(process)),
  );
}

export function processResources(group: DefaultGroup): void {
  if (typeof process.getActiveResourcesInfo !== 'function') return;
  const help =
    'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.';
  group.counts('nodejs_active_resources', help, 'Total number of active resources.', () =>
    process.getActiveResourcesInfo(),
  );
}
