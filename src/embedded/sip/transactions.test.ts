import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CapturedLog } from '../../testing/captured-log.ts';
import { FakeClock } from '../../testing/clock.ts';
import { MemoryTransport, there } from '../../testing/edge/memory-transport.ts';
import { AnswerRetransmission } from './answer-retransmission.ts';
import { HeaderList } from './headers.ts';
import { isSuccess, makeRequest, responseTo, type SipRequest, type SipResponse } from './message.ts';
import type { ReceivedRequest, ServerTransaction } from './transaction.ts';
import { type Refusal, TransactionLayer } from './transaction-layer.ts';
import type { TransportProtocol } from './transport.ts';

interface Rig {
  readonly clock: FakeClock;
  readonly wire: MemoryTransport;
  readonly layer: TransactionLayer;
  readonly log: CapturedLog;
  readonly arrived: ServerTransaction[];
  readonly acks: ReceivedRequest[];
}

function rig(options: { protocol?: TransportProtocol; admit?: () => Refusal | undefined; max?: number } = {}): Rig {
  const clock = new FakeClock();
  const wire = new MemoryTransport(() => clock.monotonic(), options.protocol);
  const log = new CapturedLog();
  const arrived: ServerTransaction[] = [];
  const acks: ReceivedRequest[] = [];
  const layer = new TransactionLayer({
    transports: [wire],
    clock,
    log,
    maxServerTransactions: options.max,
    ...(options.admit === undefined ? {} : { admit: options.admit }),
    onRequest: (transaction) => arrived.push(transaction),
    onAck: (ack) => acks.push(ack),
  });
  return { clock, wire, layer, log, arrived, acks };
}

const inboundHeaders = (method: string, branch = 'z9hG4bKa') => `Via: SIP/2.0/UDP 192.0.2.20:5070;branch=${branch}
From: <sip:caller@example.com>;tag=caller
To: <sip:5000@example.com>
Call-ID: call-1
CSeq: 1 ${method}
Contact: <sip:caller@192.0.2.20:5070>
Max-Forwards: 70
Content-Length: 0

`;
const inbound = (method: string, branch?: string) =>
  `${method} sip:5000@192.0.2.10 SIP/2.0\n${inboundHeaders(method, branch)}`;

function outbound(method: string): SipRequest {
  return makeRequest(
    method,
    'sip:peer@192.0.2.20:5070',
    HeaderList.of([
      ['From', '<sip:us@192.0.2.10>;tag=us'],
      ['To', '<sip:peer@192.0.2.20>'],
      ['Call-ID', 'call-2'],
      ['CSeq', `7 ${method}`],
    ]),
  );
}

/** Starts a client transaction and notes what its user hears. */
function send(current: Rig, method: string) {
  const heard: string[] = [];
  const transaction = current.layer.request(
    outbound(method),
    { transport: current.wire, address: there },
    {
      onResponse: ({ message }) => heard.push(String(message.status)),
      onTimeout: () => heard.push('time-out'),
      onTransportError: () => heard.push('transport error'),
      onTerminated: () => heard.push('end'),
    },
  );
  const answer = (status: number, toTag = 'peer'): SipResponse =>
    responseTo(transaction.request, status, status === 100 ? {} : { toTag });
  return { transaction, heard, answer };
}

const times = (current: Rig, what: string) =>
  current.wire.log.filter((line) => line.endsWith(` ${what}`)).map((line) => Number(line.split(' ')[0]));

let current: Rig;
beforeEach(() => {
  current = rig();
});
afterEach(async () => {
  await current.layer.close();
  expect(current.layer.size).toEqual({ server: 0, client: 0 });
  expect(current.clock.pending).toBe(0);
  expect(current.log.lines.filter((line) => line.level === 'error')).toEqual([]);
});

describe('an INVITE of ours', () => {
  it('is repeated by timer A, doubling, until timer B gives up at 64*T1', async () => {
    const { heard } = send(current, 'INVITE');
    await current.clock.advance(31_999);
    expect(times(current, 'INVITE')).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    expect(heard).toEqual([]);
    await current.clock.advance(1);
    expect(heard).toEqual(['time-out', 'end']);
    expect(current.layer.size.client).toBe(0);
  });

  it('is repeated no more after a provisional response, and then waits without end', async () => {
    const { heard, answer } = send(current, 'INVITE');
    current.wire.receive(answer(180));
    await current.clock.advance(600_000);
    expect(times(current, 'INVITE')).toEqual([0]);
    expect(heard).toEqual(['180']);
  });

  it('gets its ACK for a failure from here, again for each repetition, until timer D at 64*T1', async () => {
    const { heard, answer, transaction } = send(current, 'INVITE');
    current.wire.receive(answer(486));
    current.wire.receive(answer(486));
    expect(heard).toEqual(['486']);
    expect(times(current, 'ACK')).toEqual([0, 0]);
    const ack = current.wire.last;
    expect(ack.headers.get('Via')).toBe(transaction.request.headers.get('Via'));
    expect(ack.headers.get('To')).toBe('<sip:peer@192.0.2.20>;tag=peer');
    expect(ack.headers.get('CSeq')).toBe('7 ACK');
    await current.clock.advance(31_999);
    expect(heard).toEqual(['486']);
    await current.clock.advance(1);
    expect(heard).toEqual(['486', 'end']);
  });

  it('hands over every 2xx until timer M, and acknowledges none by itself', async () => {
    const { heard, answer } = send(current, 'INVITE');
    current.wire.receive(answer(200));
    await current.clock.advance(10_000);
    current.wire.receive(answer(200));
    current.wire.receive(answer(200, 'another fork'.replace(' ', '-')));
    expect(heard).toEqual(['200', '200', '200']);
    expect(times(current, 'ACK')).toEqual([]);
    await current.clock.advance(22_000);
    expect(heard.at(-1)).toBe('end');
    current.wire.receive(answer(200));
    expect(current.layer.counters.strayResponses).toBe(1);
  });

  it('ends when the network says that it cannot be delivered', () => {
    const { heard } = send(current, 'INVITE');
    current.wire.fail(new Error('EHOSTUNREACH'));
    expect(heard).toEqual(['transport error', 'end']);
  });

  it('is cancelled only after a provisional response, and given up 64*T1 after the CANCEL', async () => {
    const { heard, answer, transaction } = send(current, 'INVITE');
    expect(current.layer.cancel(transaction)?.headers.get('CSeq')).toBe('7 CANCEL');
    expect(current.layer.cancel(transaction)).toBeUndefined();
    expect(times(current, 'CANCEL')).toEqual([]);
    current.wire.receive(answer(100));
    expect(times(current, 'CANCEL')).toEqual([0]);
    expect(current.wire.last.headers.getAll('Via')).toEqual(transaction.request.headers.getAll('Via'));
    const cancel = current.wire.last;
    if (cancel.kind === 'request') current.wire.receive(responseTo(cancel, 200, { toTag: 'peer' }));
    await current.clock.advance(32_000);
    expect(heard).toEqual(['100', 'time-out', 'end']);
  });

  it('hears the 487 that follows its CANCEL', async () => {
    const { heard, answer, transaction } = send(current, 'INVITE');
    current.wire.receive(answer(180));
    current.layer.cancel(transaction, [['Reason', 'SIP;cause=487']]);
    expect(current.wire.last.headers.get('Reason')).toBe('SIP;cause=487');
    current.wire.receive(answer(487));
    expect(heard).toEqual(['180', '487']);
    expect(times(current, 'ACK')).toEqual([0]);
    expect(current.layer.cancel(transaction)).toBeUndefined();
    await current.clock.advance(32_000);
    expect(current.layer.size.client).toBe(0);
  });

  it('is sent once over a reliable transport, and forgotten at once after a failure', async () => {
    current = rig({ protocol: 'TCP' });
    const { heard, answer } = send(current, 'INVITE');
    await current.clock.advance(10_000);
    expect(times(current, 'INVITE')).toEqual([0]);
    current.wire.receive(answer(404));
    await current.clock.advance(0);
    expect(heard).toEqual(['404', 'end']);
  });
});

describe('another request of ours', () => {
  it('is repeated by timer E, doubling up to T2, until timer F gives up at 64*T1', async () => {
    const { heard } = send(current, 'OPTIONS');
    await current.clock.advance(32_000);
    expect(times(current, 'OPTIONS')).toEqual([
      0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect(heard).toEqual(['time-out', 'end']);
  });

  it('is repeated every T2 after a provisional response, and timer F still runs', async () => {
    const { heard, answer } = send(current, 'INFO');
    await current.clock.advance(100);
    current.wire.receive(answer(100));
    await current.clock.advance(31_900);
    expect(times(current, 'INFO')).toEqual([0, 500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500]);
    expect(heard).toEqual(['100', 'time-out', 'end']);
  });

  it('absorbs repeated answers until timer K at T4', async () => {
    const { heard, answer } = send(current, 'BYE');
    current.wire.receive(answer(200));
    current.wire.receive(answer(200));
    await current.clock.advance(4_999);
    expect(heard).toEqual(['200']);
    await current.clock.advance(1);
    expect(heard).toEqual(['200', 'end']);
    expect(times(current, 'BYE')).toEqual([0]);
  });

  it('over a reliable transport is sent once and forgotten with its answer', async () => {
    current = rig({ protocol: 'TCP' });
    const { heard, answer } = send(current, 'BYE');
    await current.clock.advance(20_000);
    current.wire.receive(answer(200));
    await current.clock.advance(0);
    expect(heard).toEqual(['200', 'end']);
    expect(times(current, 'BYE')).toEqual([0]);
  });
});

describe('an INVITE from the network', () => {
  const ringer = (transaction: ServerTransaction, status: number) =>
    transaction.respond(responseTo(transaction.received.message, status, { toTag: 'us' }));
  const only = () => {
    expect(current.arrived).toHaveLength(1);
    return current.arrived[0] as ServerTransaction;
  };

  it('gets 100 after 200 ms if nobody answered it before', async () => {
    current.wire.receive(inbound('INVITE'));
    await current.clock.advance(199);
    expect(current.wire.log).toEqual([]);
    await current.clock.advance(1);
    expect(current.wire.log).toEqual(['200 100']);
    expect(current.wire.last.headers.get('To')).not.toContain('tag=');
  });

  it('gets the last provisional response again when it comes again', () => {
    current.wire.receive(inbound('INVITE'));
    ringer(only(), 180);
    current.wire.receive(inbound('INVITE'));
    expect(current.wire.log).toEqual(['0 180', '0 180']);
    expect(current.layer.counters.retransmissionsAbsorbed).toBe(1);
    only();
  });

  it('gets a failure repeated by timer G, doubling up to T2, until timer H at 64*T1', async () => {
    current.wire.receive(inbound('INVITE'));
    const heard: string[] = [];
    only().handlers = { onTimeout: () => heard.push('time-out'), onTerminated: () => heard.push('end') };
    ringer(only(), 486);
    await current.clock.advance(31_999);
    expect(times(current, '486')).toEqual([
      0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect(heard).toEqual([]);
    await current.clock.advance(1);
    expect(heard).toEqual(['time-out', 'end']);
  });

  it('absorbs the ACK for a failure, and its repetitions until timer I at T4', async () => {
    current.wire.receive(inbound('INVITE'));
    ringer(only(), 486);
    current.wire.receive(inbound('INVITE'));
    current.wire.receive(inbound('ACK'));
    current.wire.receive(inbound('ACK'));
    current.wire.receive(inbound('INVITE'));
    await current.clock.advance(4_999);
    expect(current.wire.log).toEqual(['0 486', '0 486']);
    expect(current.acks).toEqual([]);
    expect(current.layer.size.server).toBe(1);
    await current.clock.advance(1);
    expect(current.layer.size.server).toBe(0);
  });

  it('stays accepted until timer L at 64*T1: it absorbs the INVITE, and lets the 2xx be repeated', async () => {
    current.wire.receive(inbound('INVITE'));
    const transaction = only();
    expect(ringer(transaction, 200)).toBe(true);
    current.wire.receive(inbound('INVITE'));
    expect(times(current, '200')).toEqual([0]);
    expect(ringer(transaction, 200)).toBe(true);
    expect(ringer(transaction, 486)).toBe(false);
    expect(times(current, '200')).toEqual([0, 0]);
    await current.clock.advance(31_999);
    expect(current.layer.size.server).toBe(1);
    await current.clock.advance(1);
    expect(ringer(transaction, 200)).toBe(false);
  });

  it('hands the ACK for a 2xx to its user', () => {
    current.wire.receive(inbound('INVITE'));
    ringer(only(), 200);
    current.wire.receive(inbound('ACK', 'z9hG4bKack'));
    expect(current.acks.map((ack) => ack.core.cseq)).toEqual([{ number: 1, method: 'ACK' }]);
  });

  it('is cancelled: 200 to the CANCEL from here, the rest is for its user', () => {
    current.wire.receive(inbound('INVITE'));
    const transaction = only();
    transaction.handlers = { onCancel: () => ringer(transaction, 487) };
    current.wire.receive(inbound('CANCEL'));
    current.wire.receive(inbound('CANCEL'));
    expect(current.wire.log).toEqual(['0 200', '0 487', '0 200']);
    expect(current.wire.sent[0]?.message.headers.get('CSeq')).toBe('1 CANCEL');
    const tag = current.layer.toTagFor(transaction.received.message);
    expect(current.wire.sent[0]?.message.headers.get('To')).toContain(`tag=${tag}`);
  });

  it('takes no harm from a CANCEL that comes after the answer', () => {
    current.wire.receive(inbound('INVITE'));
    const transaction = only();
    let cancelled = false;
    transaction.handlers = { onCancel: () => (cancelled = true) };
    ringer(transaction, 200);
    current.wire.receive(inbound('CANCEL'));
    expect(current.wire.log).toEqual(['0 200', '0 200']);
    expect(cancelled).toBe(false);
  });

  it('over a reliable transport gets its failure once', async () => {
    current = rig({ protocol: 'TCP' });
    current.wire.receive(inbound('INVITE'));
    ringer(only(), 486);
    await current.clock.advance(10_000);
    expect(times(current, '486')).toEqual([0]);
    current.wire.receive(inbound('ACK'));
    await current.clock.advance(0);
    expect(current.layer.size.server).toBe(0);
  });

  it('of an RFC 2543 client is told apart by its headers', () => {
    const old = inbound('INVITE').replace(';branch=z9hG4bKa', '');
    current.wire.receive(old);
    current.wire.receive(old);
    ringer(only(), 486);
    current.wire.receive(old.replace('CSeq: 1', 'CSeq: 2'));
    expect(current.arrived).toHaveLength(2);
    current.wire.receive(
      inbound('ACK').replace(';branch=z9hG4bKa', '').replace('example.com>\nC', 'example.com>;tag=us\nC'),
    );
    expect(current.acks).toEqual([]);
  });
});

describe('another request from the network', () => {
  it('gets its answer again until timer J at 64*T1', async () => {
    current.wire.receive(inbound('OPTIONS'));
    current.wire.receive(inbound('OPTIONS'));
    expect(current.wire.log).toEqual([]);
    const transaction = current.arrived[0] as ServerTransaction;
    expect(transaction.respond(responseTo(transaction.received.message, 200, { toTag: 'us' }))).toBe(true);
    expect(transaction.respond(responseTo(transaction.received.message, 500, { toTag: 'us' }))).toBe(false);
    current.wire.receive(inbound('OPTIONS'));
    expect(current.wire.log).toEqual(['0 200', '0 200']);
    await current.clock.advance(31_999);
    expect(current.layer.size.server).toBe(1);
    await current.clock.advance(1);
    expect(current.layer.size.server).toBe(0);
    expect(current.arrived).toHaveLength(1);
  });

  it('gets its provisional response again before that', () => {
    current.wire.receive(inbound('REGISTER'));
    const transaction = current.arrived[0] as ServerTransaction;
    transaction.respond(responseTo(transaction.received.message, 100));
    current.wire.receive(inbound('REGISTER'));
    expect(current.wire.log).toEqual(['0 100', '0 100']);
  });

  it('is forgotten when nobody answered it before its sender gave up', async () => {
    current.wire.receive(inbound('MESSAGE'));
    let timedOut = false;
    const transaction = current.arrived[0] as ServerTransaction;
    transaction.handlers = { onTimeout: () => (timedOut = true) };
    await current.clock.advance(32_000);
    expect(timedOut).toBe(true);
    expect(current.layer.size.server).toBe(0);
  });

  it('gets 481 when it is a CANCEL that belongs to nothing', () => {
    current.wire.receive(inbound('CANCEL'));
    expect(current.wire.log).toEqual(['0 481']);
  });
});

describe('answers find their way', () => {
  const answerAll = () => {
    const transaction = current.arrived.at(-1) as ServerTransaction;
    transaction.respond(responseTo(transaction.received.message, 200, { toTag: 'us' }));
    return current.wire.sent.at(-1);
  };

  it('to the port of the Via, 5060 without one, and write where the request came from', () => {
    current.wire.receive(inbound('OPTIONS').replace('192.0.2.20:5070', 'phone.local'), { ...there, port: 1024 });
    const sent = answerAll();
    expect(sent?.remote).toEqual({ ...there, port: 5060 });
    expect(sent?.message.headers.get('Via')).toContain(';received=192.0.2.20');
  });

  it('to the port that the request came from, when it asked for that (RFC 3581)', () => {
    current.wire.receive(inbound('OPTIONS').replace(';branch', ';rport;branch'), { ...there, port: 1024 });
    const sent = answerAll();
    expect(sent?.remote).toEqual({ ...there, port: 1024 });
    expect(sent?.message.headers.get('Via')).toContain(';rport=1024');
    expect(sent?.message.headers.get('Via')).toContain(';received=192.0.2.20');
  });

  it('and never to where a forged received or maddr points', () => {
    const forged = ';received=203.0.113.9;maddr=203.0.113.9;branch';
    current.wire.receive(inbound('OPTIONS').replace(';branch', forged));
    const sent = answerAll();
    expect(sent?.remote).toEqual(there);
    expect(sent?.message.headers.get('Via')).not.toContain('received=203.0.113.9');
  });

  it('with every Via of the request', () => {
    current.wire.receive(
      inbound('OPTIONS').replace('\nFrom', '\nv: SIP/2.0/TCP one;branch=1, SIP/2.0/UDP two;branch=2\nFrom'),
    );
    expect(answerAll()?.message.headers.getAll('Via').slice(1)).toEqual([
      'SIP/2.0/TCP one;branch=1',
      'SIP/2.0/UDP two;branch=2',
    ]);
  });
});

describe('requests that are not taken', () => {
  it('get their refusal without any state, the same for each repetition, and no ACK of theirs is handed on', () => {
    current = rig({ admit: () => ({ status: 403 }) });
    current.wire.receive(inbound('INVITE'));
    current.wire.receive(inbound('INVITE'));
    current.wire.receive(inbound('ACK'));
    expect(current.wire.log).toEqual(['0 403', '0 403']);
    const tags = current.wire.sent.map(({ message }) => message.headers.get('To'));
    expect(tags[0]).toBe(tags[1]);
    expect(tags[0]).toMatch(/;tag=[0-9a-f]{16}$/);
    expect(current.arrived).toEqual([]);
    expect(current.acks).toEqual([]);
    expect(current.layer.size.server).toBe(0);
  });

  it('take the place of those that only absorb retransmissions when there are too many', async () => {
    current = rig({ max: 2 });
    for (let serial = 1; serial <= 5; serial++) {
      current.wire.receive(inbound('INVITE', `z9hG4bK${serial}`));
      const transaction = current.arrived.at(-1);
      transaction?.respond(responseTo(transaction.received.message, serial === 1 ? 200 : 486, { toTag: 'a' }));
    }
    expect(current.wire.log).toEqual(['0 200', '0 486', '0 486', '0 486', '0 486']);
    expect(current.arrived.map(({ state }) => state)).toEqual([
      'accepted',
      ...['terminated', 'terminated', 'terminated'],
      'completed',
    ]);
    expect(current.layer.size.server).toBe(2);
  });

  it('get 503 when large ones hold too much, while small ones are taken', async () => {
    const current = rig();
    const large = (branch: string) => inbound('OPTIONS', branch).replace('Max-', `X-A: ${'x'.repeat(8_000)}\nMax-`);
    for (let serial = 0; serial < 8_300; serial++) current.wire.receive(large(`z9hG4bK${serial}`));
    expect(current.arrived.length).toBeGreaterThan(8_000);
    expect(current.arrived.length).toBeLessThan(8_300);
    expect(current.wire.log.at(-1)).toBe('0 503');
    current.wire.receive(inbound('BYE', 'z9hG4bKsmall'));
    expect(current.arrived.at(-1)?.received.message.method).toBe('BYE');
    await current.clock.advance(32_000);
    expect(current.layer.size.server).toBe(0);
    current.wire.receive(large('z9hG4bKlater'));
    expect(current.arrived.at(-1)?.received.core.via.params.get('branch')).toBe('z9hG4bKlater');
  });

  it('get 503 when there are too many', () => {
    current = rig({ max: 1 });
    current.wire.receive(inbound('OPTIONS', 'z9hG4bK1'));
    current.wire.receive(inbound('OPTIONS', 'z9hG4bK2'));
    expect(current.wire.log).toEqual(['0 503']);
    expect(current.wire.last.headers.get('Retry-After')).toBe('5');
  });

  it('get 400 with the reason when they are malformed and can be answered, else silence', () => {
    current.wire.receive(inbound('INVITE').replace('Max-Forwards: 70', 'Max-Forwards: lots'));
    expect(current.wire.log).toEqual(['0 400']);
    current.wire.receive(inbound('INVITE').replace(/Via:.*\n/, ''));
    current.wire.receive(inbound('ACK').replace('CSeq: 1', 'CSeq: x'));
    current.wire.receive('hello');
    current.wire.receive('\r\n\r\n');
    current.wire.receive(Buffer.alloc(4));
    expect(current.wire.log).toEqual(['0 400']);
    expect(current.layer.counters.malformed).toBe(4);
  });

  it('do not take the layer with them when handling them throws', () => {
    current = rig();
    const { clock, log, wire } = current;
    const layer = new TransactionLayer({
      transports: [wire],
      clock,
      log,
      onRequest: () => {
        throw new Error('a fault of the user');
      },
      onAck: () => {},
    });
    wire.receive(inbound('OPTIONS'));
    expect(wire.log).toEqual(['0 500']);
    expect(log.lines.filter((line) => line.level === 'error').splice(0)).toHaveLength(1);
    log.lines.length = 0;
    return layer.close();
  });
});

describe('the repetition of a 2xx by the UAS core', () => {
  const start = (heard: string[]) =>
    new AnswerRetransmission({
      clock: current.clock,
      timers: current.layer.timersOf(current.wire),
      resend: () => heard.push(String(current.clock.monotonic())),
      onTimeout: () => heard.push('time-out'),
    });

  it('goes from T1 doubling up to T2 until 64*T1', async () => {
    const heard: string[] = [];
    const answer = start(heard);
    await current.clock.advance(32_000);
    expect(heard).toEqual([
      ...[500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].map(String),
      'time-out',
    ]);
    expect(answer.state).toBe('expired');
  });

  it('ends with the ACK', async () => {
    const heard: string[] = [];
    const answer = start(heard);
    await current.clock.advance(600);
    answer.stop();
    answer.stop();
    await current.clock.advance(60_000);
    expect(heard).toEqual(['500']);
    expect(answer.state).toBe('confirmed');
  });
});

describe('a layer that is closed', () => {
  it('leaves no timer, tells each user once, and sends nothing more', async () => {
    const { heard } = send(current, 'INVITE');
    current.wire.receive(inbound('INVITE'));
    const sent = current.wire.log.length;
    await current.layer.close();
    expect(heard).toEqual(['end']);
    expect(current.clock.pending).toBe(0);
    expect(current.wire.closed).toBe(true);
    current.wire.receive(inbound('OPTIONS'));
    expect(current.wire.log).toHaveLength(sent);
    expect(isSuccess(responseTo(outbound('BYE'), 200))).toBe(true);
  });
});
