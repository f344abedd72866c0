/** Tests a fault that was found where processes meet. */
import { expect, it } from 'vitest';
import { MeetingPlace } from '../../src/platform/meeting-place.ts';
import { makeFolder } from '../folder.ts';

it('throws nothing into a process whose server cannot take connections', async () => {
  const place = new MeetingPlace('shop', `${await makeFolder()}/room`);
  await place.taken();
  const server = await place.listen(1, (socket) => socket.destroy());
  const error = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
  for (let i = 0; i < 3; i++) expect(() => server?.emit('error', error)).not.toThrow();
  expect(server?.listening).toBe(true);
  server?.close();
});
