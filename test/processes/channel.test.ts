/** Tests our part of an IPC channel, with a process that does not read. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type ChannelEnd, ProcessChannel } from '../../src/platform/process-channel.ts';
import { forked } from './real-process.ts';

const program = fileURLToPath(new URL('foreign-program.mjs', import.meta.url));
const MIB = 1_048_576;

it('holds 64 MiB for a process that does not read, and takes more once it does', async () => {
  const { child } = forked('advanced', program);
  const channel = ProcessChannel.over(child as ChannelEnd);
  child.kill('SIGSTOP');
  let sent = 0;
  while (sent < 100 && channel.send({ bytes: new Uint8Array(MIB) }, MIB)) sent++;
  // The system has taken a few of them.
  expect(sent).toBeGreaterThanOrEqual(64);
  expect(sent).toBeLessThan(80);
  // What closes a port is sent nevertheless.
  expect(channel.send({ closed: true })).toBe(true);
  child.kill('SIGCONT');
  await expect.poll(() => channel.send({ bytes: new Uint8Array(1) }, 1)).toBe(true);
});

it('tells once that the other process has ended, and takes everything from then on', async () => {
  const { child, exit } = forked('advanced', program);
  const channel = ProcessChannel.over(child as ChannelEnd);
  expect(ProcessChannel.over(child as ChannelEnd)).toBe(channel);
  const ended = new Promise<void>((resolve) => {
    channel.listeners.add({ heard() {}, ended: resolve });
  });
  child.kill('SIGKILL');
  await exit;
  await ended;
  expect(channel.isOpen).toBe(false);
  for (let i = 0; i < 100; i++) expect(channel.send({ bytes: i }, MIB)).toBe(true);
});
