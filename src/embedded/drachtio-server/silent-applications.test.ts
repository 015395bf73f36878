import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerSdp, EdgeRig, secret, until } from '../../testing/edge/edge-rig.ts';
import { header, reply } from '../../testing/edge/wire-phone.ts';
import { frame } from './frame-reader.ts';

let rig: EdgeRig;
beforeEach(async () => {
  rig = await EdgeRig.start();
});
afterEach(() => rig.end());

/** An application at the far end of a connection on which nothing arrives or leaves any more when the test wants it so. */
async function application() {
  const socket = connect(rig.edge.adminPort, '127.0.0.1');
  let text = '';
  let sent = 0;
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const ask = async (command: string): Promise<void> => {
    sent += 1;
    socket.write(frame(Buffer.from(`${sent}|${command}`)));
    await until(() => text.includes(`|response|${sent}|OK`), `an answer to ${command}`);
  };
  await ask(`authenticate|${secret}|`);
  return {
    ask,
    gone,
    text: () => text,
    destroy: () => socket.destroy(),
    write: (frame: Buffer) => socket.write(frame),
  };
}

const connected = () => rig.edge.counters().applications;

describe('an application that is not heard any more', () => {
  it('is given up after three of its intervals when it used to ping, and its calls get BYE', async () => {
    const silent = await application();
    await silent.ask('route|invite');
    const call = await rig.call();
    call.invite();
    await until(() => silent.text().includes('INVITE sip:'), 'the INVITE');
    const transactionId = /\|sip\|network\|(?:[^|]*\|){5}([^|]*)\|/.exec(silent.text())?.[1] ?? '';
    const body = `SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n${answerSdp}`;
    silent.write(frame(Buffer.from(`x|sip|${transactionId}|\r\n${body}`)));
    await call.answered();
    await silent.ask('ping');
    await rig.clock.advance(15_000);
    await silent.ask('ping');
    await rig.clock.advance(44_000);
    expect(connected()).toBe(1);
    await rig.clock.advance(1_000);
    await silent.gone;
    await until(() => connected() === 0, 'the application is given up');
    const bye = await call.phone.next('BYE');
    expect(header(bye, 'Reason')).toContain('application disconnected');
    call.phone.send(reply(bye, '200 OK'));
  });

  it('is kept while it pings, or says anything else, and however seldom it pings', async () => {
    const lively = await application();
    for (let time = 0; time < 5; time += 1) {
      await lively.ask('ping');
      await rig.clock.advance(5_000);
    }
    await rig.clock.advance(20_000);
    await lively.ask('route|info');
    await rig.clock.advance(29_000);
    expect(connected()).toBe(1);
    const seldom = await application();
    await seldom.ask('ping');
    await rig.clock.advance(300_000);
    await seldom.ask('ping');
    await rig.clock.advance(899_000);
    // The other one has been given up meanwhile.
    expect(connected()).toBe(1);
    await lively.gone;
    seldom.destroy();
    await until(() => connected() === 0, 'the application is gone');
  });

  it('is kept when it never pinged', async () => {
    const quiet = await application();
    await quiet.ask('ping');
    await rig.clock.advance(10_000_000);
    expect(connected()).toBe(1);
    quiet.destroy();
    await until(() => connected() === 0, 'the application is gone');
  });
});
