import { connect } from 'node:net';
import { setTimeout as realDelay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { answerSdp, EdgeRig, type SrfRequest, secret, until } from '../../testing/edge/edge-rig.ts';
import { MemoryTransport } from '../../testing/edge/memory-transport.ts';
import { header, WireCall } from '../../testing/edge/wire-phone.ts';
import type { SocketAddress } from '../sip/transport.ts';

let rig: EdgeRig;
let wire: MemoryTransport;
const requests: SrfRequest[] = [];
afterEach(() => rig.end());

/** An edge with a second transport, on which the peers are whoever a test says. */
async function start(): Promise<void> {
  requests.length = 0;
  rig = await EdgeRig.start(
    () => true,
    (clock) => {
      wire = new MemoryTransport(() => clock.monotonic());
      return { transports: [wire] };
    },
  );
  await rig.app((app) =>
    app.invite(async (request, response) => {
      requests.push(request);
      await app.createUAS(request, response, { localSdp: answerSdp });
    }),
  );
}

/** A whole call from this host, as proof that everything still works. */
async function proveWithCall(): Promise<void> {
  const call = await rig.call();
  call.invite();
  await call.answered();
  await call.bye();
}

const from = (address: string): SocketAddress => ({ family: 'IPv4', address, port: 5060 });

let serial = 0;
function request(
  method: string,
  more: { lines?: string; uri?: string; callId?: string; branch?: string } = {},
): string {
  serial++;
  return `${method} ${more.uri ?? 'sip:5000@192.0.2.10'} SIP/2.0
Via: SIP/2.0/UDP 192.0.2.99;branch=${more.branch ?? `z9hG4bKflood${serial}`};rport
From: <sip:mallory@192.0.2.99>;tag=${more.callId ?? serial}
To: <sip:5000@192.0.2.10>
Call-ID: ${more.callId ?? `flood-${serial}`}
CSeq: 1 ${method}
Contact: <sip:mallory@192.0.2.99>
${more.lines ?? ''}Content-Length: 0

`;
}

const answers = () =>
  wire.sent.flatMap(({ message }) => (message.kind === 'response' && message.status >= 200 ? [message.status] : []));
const count = (status: number) => answers().filter((answer) => answer === status).length;
const only = () => {
  const found = wire.sent.find(({ message }) => message.kind === 'response' && message.status >= 200)?.message;
  if (found === undefined) throw new Error('Nothing was answered');
  return found;
};

describe('a flood from one source', () => {
  it('is taken up to the limit, then refused, then passed over, and hurts nobody else', async () => {
    await start();
    for (let i = 0; i < 2_000; i++) wire.receive(request('OPTIONS'), from('192.0.2.99'));
    expect([count(200), count(503), answers().length]).toEqual([400, 200, 600]);
    const refusal = wire.sent.find(({ message }) => message.kind === 'response' && message.status === 503)?.message;
    expect(refusal?.headers.get('Retry-After')).toBe('5');
    expect(rig.edge.counters()).toMatchObject({ limited: 200, flooded: 1_400, refused: 200, ignored: 1_400 });
    wire.sent.length = 0;
    wire.receive(request('OPTIONS'), from('192.0.2.98'));
    expect(answers()).toEqual([200]);
    await proveWithCall();
    await rig.clock.advance(1_000);
    wire.sent.length = 0;
    for (let i = 0; i < 300; i++) wire.receive(request('OPTIONS'), from('192.0.2.99'));
    expect(count(200)).toBe(200);
  });

  it('of what cannot be read is limited, too', async () => {
    await start();
    const broken = request('OPTIONS').replace('CSeq: 1', 'CSeq: x');
    wire.unreadable = [];
    for (let i = 0; i < 1_000; i++) wire.receive(broken, from('192.0.2.99'));
    expect(wire.unreadable).toHaveLength(400);
    expect(rig.edge.counters()).toMatchObject({ malformed: 1_000, limited: 200, flooded: 400 });
    await proveWithCall();
  });

  it('from this host is not limited, nor is what belongs to a call', async () => {
    await start();
    for (let i = 0; i < 700; i++) wire.receive(request('OPTIONS'), from('127.0.0.1'));
    expect(count(200)).toBe(700);
    wire.sent.length = 0;
    wire.receive(request('INVITE', { callId: 'inside' }), from('192.0.2.99'));
    await until(() => count(200) === 1, 'it is answered');
    const to = only().headers.get('To') ?? '';
    for (let i = 0; i < 700; i++) wire.receive(request('OPTIONS'), from('192.0.2.99'));
    wire.sent.length = 0;
    const info = request('INFO', { callId: 'inside' }).replace('To: <sip:5000@192.0.2.10>', `To: ${to}`);
    wire.receive(info.replace('CSeq: 1', 'CSeq: 2'), from('192.0.2.99'));
    await until(() => answers().length === 1, 'it is answered');
    expect(answers()).not.toEqual([503]);
  });
});

describe('INVITEs that are never acknowledged', () => {
  /** What is in use behind a collection, in MiB. */
  const heap = (): number => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };

  async function flood(round: number, size: number): Promise<void> {
    // Their sources differ, so that none of them is refused for having sent too many.
    for (let i = 0; i < size; i++) {
      wire.receive(request('INVITE'), from(`198.51.${round}.${1 + (i % 250)}`));
    }
    await until(() => rig.edge.idle().openRequests === 0 && count(200) >= size, 'all are answered', 30_000);
    await proveWithCall();
    expect(rig.edge.idle().dialogs).toBe(size);
    await rig.clock.advance(33_000);
    const byes = wire.sent.filter(({ message }) => message.kind === 'request' && message.method === 'BYE');
    expect(byes.length).toBeGreaterThanOrEqual(size);
    await rig.clock.advance(64_000);
    expect(rig.edge.idle()).toMatchObject({ dialogs: 0, serverTransactions: 0, clientTransactions: 0 });
    wire.sent.length = 0;
    requests.length = 0;
  }

  it('in their thousands are given up, and leave nothing, not even memory', { timeout: 60_000 }, async () => {
    await start();
    // What the first of them make the program compile and reserve is there for good.
    await flood(1, 200);
    const before = heap();
    await flood(2, 2_000);
    await proveWithCall();
    // Each of them would hold some 20 KiB, if anything held on to it.
    expect(heap() - before).toBeLessThan(8);
  });
});

describe('a known scanner', () => {
  it.each(['friendly-scanner', 'sipcli/v1.8', 'VaxSIPUserAgent/3.1', 'pplsip', 'sundayddr', 'SIPVicious 0.3'])(
    '(%s) gets no answer at all',
    async (name) => {
      await start();
      for (const method of ['OPTIONS', 'INVITE', 'REGISTER', 'NOSUCH']) {
        wire.receive(request(method, { lines: `User-Agent: ${name}\n` }), from('192.0.2.99'));
      }
      wire.receive(request('OPTIONS', { lines: `User-Agent: ${name}\nl: 9\n` }), from('192.0.2.99'));
      expect(wire.sent).toEqual([]);
      expect(rig.edge.counters()).toMatchObject({ scanned: 5, ignored: 4 });
      expect(rig.edge.idle().serverTransactions).toBe(0);
      expect(requests).toEqual([]);
      await proveWithCall();
    },
  );
});

describe('what no application could answer', () => {
  it.each([
    ['a method that nobody knows', 'FROBNICATE', {}, 501, 'Allow', 'INVITE'],
    [
      'a method that is not taken',
      'SUBSCRIBE',
      {},
      405,
      'Allow',
      'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK',
    ],
    [
      'an extension that nobody knows',
      'OPTIONS',
      { lines: 'Require: timer, x-magic\n' },
      420,
      'Unsupported',
      'x-magic',
    ],
    ['one that may go no further', 'INVITE', { lines: 'Max-Forwards: 0\n' }, 483, undefined, ''],
    ['a scheme that is not called', 'INVITE', { uri: 'http://example.com/' }, 416, undefined, ''],
    ['a URI that is none', 'INVITE', { uri: 'sip:@' }, 400, undefined, ''],
    ['a caller that takes no description', 'INVITE', { lines: 'Accept: text/html\n' }, 406, undefined, ''],
  ] as const)('%s is refused', async (_what, method, more, status, name, value) => {
    await start();
    wire.receive(request(method, more), from('192.0.2.99'));
    expect(answers()).toEqual([status]);
    if (name !== undefined) expect(only().headers.get(name)).toContain(value);
    expect(requests).toEqual([]);
    await proveWithCall();
  });

  it('but an OPTIONS that may go no further is answered, and an INVITE that takes descriptions among others is taken', async () => {
    await start();
    wire.receive(request('OPTIONS', { lines: 'Max-Forwards: 0\n' }), from('192.0.2.99'));
    wire.receive(request('INVITE', { lines: 'Accept: text/html, application/*;q=0.5\n' }), from('192.0.2.99'));
    await until(() => count(200) === 2, 'both are answered');
  });
});

it('a request that comes by two ways is merged away, before its answer and behind it', async () => {
  await start();
  const [one, two, three] = ['1', '2', '3'].map((way) =>
    request('INVITE', { callId: 'merged', branch: `z9hG4bKway${way}` }),
  );
  wire.receive(one ?? '', from('192.0.2.99'));
  wire.receive(two ?? '', from('192.0.2.99'));
  expect(answers()).toEqual([482]);
  await until(() => count(200) === 1, 'the first is answered');
  wire.receive(three ?? '', from('192.0.2.99'));
  expect(count(482)).toBe(2);
  expect(requests).toHaveLength(1);
});

it('noise on the port of applications disturbs neither them nor calls', async () => {
  await start();
  const noise = [
    'GET / HTTP/1.1\r\n\r\n',
    '\0'.repeat(5_000),
    '99999999#x',
    `5#|||||${secret}`,
    '-1#',
    request('OPTIONS'),
  ];
  const gone = noise.map((text) => {
    const socket = connect(rig.edge.adminPort, '127.0.0.1');
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => {});
    socket.write(text);
    socket.resume();
    return closed;
  });
  let left = gone.length;
  for (const closed of gone) void closed.then(() => left--);
  // Some are closed for what they said; the others may still become messages, and are let go of for not signing in.
  for (let round = 0; left > 0 && round < 200; round++) {
    await rig.clock.advance(10_000);
    await realDelay(10);
  }
  expect(left).toBe(0);
  await until(() => rig.edge.counters().applications === 1, 'they are gone');
  await proveWithCall();
});

// Zero bytes alone are no message, not even a malformed one.
it('connections that bring noise are closed, and the next call over TCP works', async () => {
  await start();
  for (const text of [
    '\0'.repeat(70_000),
    'GET / HTTP/1.1\n\n',
    'x'.repeat(70_000),
    'INVITE sip:a@b SIP/2.0\nl: 1\nl: 2\n\n',
  ]) {
    const phone = await rig.tcpPhone();
    phone.send(text);
    await phone.gone;
  }
  const call = new WireCall(await rig.tcpPhone(), rig.edge.sipPort);
  call.invite();
  expect(header(await call.answered(), 'Via')).toContain('SIP/2.0/TCP');
  await call.bye();
  expect(rig.edge.counters()).toMatchObject({ malformed: 3, connectionsAccepted: 5 });
});
