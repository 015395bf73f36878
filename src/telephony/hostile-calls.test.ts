import { createSocket, type Socket } from 'node:dgram';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Engines, startEngines, startTelephonyRig, type TelephonyRig, until } from '../testing/telephony-rig.ts';

/** A caller who writes messages by hand: sends an INVITE, tells the first final answer, and plays along politely. */
class RawCaller {
  readonly #socket: Socket;
  readonly #sip: string;
  #invite = '';
  #answered = Promise.withResolvers<string>();
  readonly #hungUp = Promise.withResolvers<void>();

  private constructor(socket: Socket, sip: string) {
    this.#socket = socket;
    this.#sip = sip;
    socket.on('message', (data) => this.#receive(data.toString()));
  }

  static async open(sip: string): Promise<RawCaller> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new RawCaller(socket, sip);
  }

  /** Resolves when the service has hung up. */
  get hungUp(): Promise<void> {
    return this.#hungUp.promise;
  }

  /** Sends an INVITE; gives the status line of the first final answer. */
  async invite(changes: { contact?: string; sdp?: string; more?: string; type?: string }): Promise<string> {
    const local = `127.0.0.1:${this.#socket.address().port}`;
    const sdp = changes.sdp ?? offer();
    this.#answered = Promise.withResolvers<string>();
    this.#invite = [
      `INVITE sip:5000@${this.#sip} SIP/2.0`,
      `Via: SIP/2.0/UDP ${local};branch=z9hG4bK${Math.random()}`,
      'Max-Forwards: 70',
      `From: <sip:1001@127.0.0.1>;tag=${Math.random()}`,
      `To: <sip:5000@${this.#sip}>`,
      `Call-ID: ${Math.random()}@127.0.0.1`,
      'CSeq: 1 INVITE',
      changes.contact ?? `Contact: <sip:1001@${local}>`,
      ...(changes.more === undefined ? [] : [changes.more]),
      ...(sdp === '' ? [] : [`Content-Type: ${changes.type ?? 'application/sdp'}`]),
      `Content-Length: ${Buffer.byteLength(sdp)}`,
      '',
      sdp,
    ].join('\r\n');
    this.#send(this.#invite);
    const giveUp = setTimeout(() => this.#answered.reject(new Error('There is no answer')), 5_000);
    return await this.#answered.promise.finally(() => clearTimeout(giveUp));
  }

  /** What the ACK carries; an answer, when the offer was the service's. */
  acknowledgement = '';
  /** The body of the 200. */
  answer = '';

  #receive(message: string): void {
    const [line = ''] = message.split('\r\n', 1);
    if (line.startsWith('BYE ')) {
      const kept = message.split('\r\n').filter((one) => /^(?:Via|From|To|Call-ID|CSeq):/i.test(one));
      this.#send(['SIP/2.0 200 OK', ...kept, 'Content-Length: 0', '', ''].join('\r\n'));
      this.#hungUp.resolve();
    }
    if (!/^SIP\/2\.0 [2-6]/.test(line) || !/^CSeq: *1 INVITE/im.test(message)) return;
    const to = /^To:.*$/im.exec(message)?.[0] ?? '';
    const body = this.acknowledgement;
    const ack = this.#invite
      .split('\r\n\r\n', 1)[0]
      ?.replace(/^INVITE/, 'ACK')
      .replace('1 INVITE', '1 ACK')
      .replace(/^To:.*$/m, to)
      .replace(/^Content-Length:.*$/m, `Content-Length: ${Buffer.byteLength(body)}`)
      .replace(/^(CSeq.*)$/m, body === '' ? '$1' : '$1\r\nContent-Type: application/sdp')
      // The ACK of a 2xx is a transaction of its own (RFC 3261 §17.1.1.3).
      .replace(/branch=\S+/, line.startsWith('SIP/2.0 2') ? `branch=z9hG4bK${Math.random()}` : '$&');
    this.#send(`${ack}\r\n\r\n${body}`);
    this.answer = message.split('\r\n\r\n').slice(1).join('\r\n\r\n');
    this.#answered.resolve(line);
  }

  #send(message: string): void {
    const [host = '', port = '0'] = this.#sip.split(':');
    this.#socket.send(message, Number(port), host);
  }

  close(): void {
    this.#socket.close();
  }
}

function offer(changes: { session?: string; stream?: string } = {}): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    `s=${changes.session ?? '-'}`,
    'c=IN IP4 127.0.0.1',
    't=0 0',
    changes.stream ?? 'm=audio 4000 RTP/AVP 0',
    '',
  ].join('\r\n');
}

let engines: Engines;
let rig: TelephonyRig;
let caller: RawCaller;

beforeAll(async () => {
  engines = await startEngines();
});

afterAll(() => engines.close());

beforeEach(async () => {
  rig = await startTelephonyRig(engines);
  caller = await RawCaller.open(engines.sip);
});

afterEach(async () => {
  for (const { id } of rig.telephony.calls.list()) rig.telephony.calls.hangUp(id);
  await until(
    'the calls to end',
    () => rig.telephony.figures().calls + rig.telephony.figures().endpoints === 0,
    10_000,
  );
  await until('nothing in the engines', async () => Object.values(await engines.left()).every((count) => count === 0));
  caller.close();
  await rig.close();
});

it('refuses an INVITE that cannot become a call', async () => {
  expect(await caller.invite({ contact: `Contact: <sip:a@b>;x=${'y'.repeat(1_500)}` })).toMatch(
    /^SIP\/2\.0 (?:4\d\d|513) /,
  );
  expect(await caller.invite({ contact: 'X-No-Contact: at all' })).toMatch(/^SIP\/2\.0 400/);
  expect(await caller.invite({ sdp: 'nonsense' })).toMatch(/^SIP\/2\.0 400/);
  expect(await caller.invite({ type: 'text/plain' })).toMatch(/^SIP\/2\.0 415/);
  expect(await caller.invite({ more: 'Require: teleport, 100rel' })).toMatch(/^SIP\/2\.0 420/);
  expect(await caller.invite({ sdp: offer({ stream: 'm=video 4000 RTP/AVP 96' }) })).toMatch(/^SIP\/2\.0 488/);
  const unknownCodec = offer({ stream: 'm=audio 4000 RTP/AVP 96\r\na=rtpmap:96 speex/16000' });
  expect(await caller.invite({ sdp: unknownCodec })).toMatch(/^SIP\/2\.0 488/);
  const encrypted = offer({ stream: 'm=audio 4000 UDP/TLS/RTP/SAVPF 0\r\nm=audio 4002 RTP/AVP 0' });
  expect(await caller.invite({ sdp: encrypted })).toMatch(/^SIP\/2\.0 488/);
  const oddName = offer({ stream: 'm=audio 4000 RTP/AVP 97\r\na=rtpmap:97 123/8000' });
  expect(await caller.invite({ sdp: oddName })).toMatch(/^SIP\/2\.0 488/);
  // None of that was the media server's fault.
  expect(rig.telephony.figures().mediaServers).toMatchObject([{ suspect: false }]);
  expect(rig.conversation.outcomes).toEqual([]);
});

it('hands no escape on that the event socket would fail on', async () => {
  expect(await caller.invite({ sdp: offer({ session: '%E9%C3%28 100%' }) })).toMatch(/^SIP\/2\.0 200/);
  await until('the conversation to begin', () => rig.conversation.calls.length === 1);
  expect(rig.telephony.ready()).toBe(true);
});

it('makes the offer when the caller makes none, and takes the answer from the ACK', async () => {
  caller.acknowledgement = offer();
  expect(await caller.invite({ sdp: '' })).toMatch(/^SIP\/2\.0 200/);
  expect(caller.answer).toMatch(/^m=audio [1-9]\d* RTP\/AVP 0\b/m);
  await until('the conversation to begin', () => rig.conversation.calls.length === 1);
});

it('hangs up on a caller who asked for an offer and has no answer to it', async () => {
  expect(await caller.invite({ sdp: '' })).toMatch(/^SIP\/2\.0 200/);
  await caller.hungUp;
  expect(rig.conversation.calls).toEqual([]);
});

it('finds the description among the parts of a body', async () => {
  const part = (type: string, content: string): string => `--b\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
  const body = `${part('text/plain', 'hello')}${part('application/sdp', offer())}--b--\r\n`;
  expect(await caller.invite({ sdp: body, type: 'multipart/mixed;boundary=b' })).toMatch(/^SIP\/2\.0 200/);
});
