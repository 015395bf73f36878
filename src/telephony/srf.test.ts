import { afterEach, beforeEach, expect, it } from 'vitest';
import { answerSdp, EdgeRig, type SrfDialog, secret, type TestSrf, until } from '../testing/edge/edge-rig.ts';
import { offer, reply } from '../testing/edge/wire-phone.ts';
import { createSrf } from './srf.ts';

let rig: EdgeRig;
beforeEach(async () => {
  rig = await EdgeRig.start();
});
afterEach(() => rig.end());

/** A call that this side has made, whose dialog drachtio has forgotten before this side has heard so. */
async function forgottenDialog(srf: TestSrf): Promise<SrfDialog> {
  const callee = await rig.phone();
  const uri = `sip:bob@127.0.0.1:${callee.port}`;
  const made = srf.createUAC(uri, { localSdp: answerSdp });
  const invite = await callee.next('INVITE');
  callee.send(reply(invite, '200 OK', { tag: 'bob', lines: `Contact: <${uri}>\n`, body: offer }));
  const dialog = await made;
  await callee.next('ACK');
  const ended = dialog.destroy();
  callee.send(reply(await callee.next('BYE'), '200 OK'));
  await ended;
  return dialog;
}

it('ends a dialog that drachtio has forgotten without a rejection that nobody can catch, and tells who waits', async () => {
  const srf = createSrf() as unknown as TestSrf;
  const connected = new Promise<void>((resolve) => srf.on('connect', () => resolve()));
  srf.connect({ host: '127.0.0.1', port: rig.edge.adminPort, secret });
  await connected;
  const uncaught: unknown[] = [];
  const listener = (reason: unknown): unknown => uncaught.push(reason);
  process.on('unhandledRejection', listener);
  try {
    const dialog = await forgottenDialog(srf);
    // As the library does: nobody waits for it.
    void dialog.destroy();
    await expect(dialog.destroy()).rejects.toThrow('unable to find dialog');
    // Node tells of a rejection when the turn in which it was not caught is over.
    await new Promise((resolve) => setImmediate(resolve));
    expect(uncaught).toEqual([]);
  } finally {
    process.off('unhandledRejection', listener);
    srf.disconnect();
    await until(() => rig.edge.counters().applications === 0, 'the application is gone');
  }
});
