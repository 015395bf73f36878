import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/clock.ts';
import { until } from '../../testing/edge/edge-rig.ts';
import { defaultLimits } from './limits.ts';
import { StreamFramer } from './stream-framer.ts';
import { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts';
import type { Arrival, SocketAddress } from './transport.ts';

const message = (body: string, length: string | number = body.length) =>
  `OPTIONS sip:a@b SIP/2.0\r\nX: y\r\nContent-Length: ${length}\r\n\r\n${body}`;

describe('a stream', () => {
  const frames = (...chunks: string[]) => {
    const framer = new StreamFramer(defaultLimits);
    return chunks.flatMap((chunk) => framer.push(Buffer.from(chunk)));
  };
  const texts = (...chunks: string[]) =>
    frames(...chunks).map((frame) => (frame.kind === 'ping' ? 'ping' : frame.bytes.toString()));

  it('is cut by Content-Length, in whatever pieces it comes', () => {
    const stream = [message('one'), message(''), message('three'.repeat(1_000)), message('4')].join('');
    for (const size of [1, 2, 3, 7, 100, 4_096, stream.length]) {
      const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
        stream.slice(i * size, (i + 1) * size),
      );
      expect(texts(...chunks).join(''), `pieces of ${size}`).toBe(stream);
      expect(texts(...chunks)).toHaveLength(4);
    }
  });

  it.each([
    ['the compact form', 'A sip:b SIP/2.0\nl:2\n\nab'],
    ['odd case, a folded value', 'A sip:b SIP/2.0\r\ncontent-LENGTH :\r\n  2\r\n\r\nab'],
    ['the same twice', 'A sip:b SIP/2.0\r\nContent-Length: 2\r\nl: 2\r\n\r\nab'],
  ])('takes %s', (_what, text) => {
    expect(texts(text, text)).toEqual([text, text]);
  });

  it('passes over line breaks before a message, and answers two of them', () => {
    expect(texts(`\r\n${message('')}\r\n${message('x')}`)).toEqual([message(''), message('x')]);
    expect(texts('\r\n', '\r\n', message(''))).toEqual(['ping', message('')]);
    expect(texts('\r\n'.repeat(1_000))).toEqual(['ping']);
  });

  it.each([
    ['none', 'A sip:b SIP/2.0\r\nX: y\r\n\r\nbody', 400, 'Missing Content-Length'],
    ['a negative one', message('', -1), 400, 'Bad Content-Length'],
    ['an immense one', message('', '9'.repeat(30)), 400, 'Bad Content-Length'],
    ['two of them', message('', '1\r\nl: 2'), 400, 'Bad Content-Length'],
    ['one above the limit', message('', defaultLimits.bodyBytes + 1), 513, 'Message Too Large'],
  ])('is broken by a Content-Length that is %s', (_what, text, status, reason) => {
    const [frame, ...more] = frames(message(''), text, message('')).slice(1);
    expect(frame).toMatchObject({ kind: 'broken', flaw: { status, reason } });
    expect(frame?.kind === 'broken' && text.startsWith(frame.bytes.toString())).toBe(true);
    expect(more).toEqual([]);
  });

  it('is broken by a head without an end, and holds no more of it than a message may have', () => {
    const framer = new StreamFramer(defaultLimits);
    const found = Array.from({ length: 200 }, () => framer.push(Buffer.alloc(1_000, 'x'))).flat();
    expect(found).toMatchObject([{ kind: 'broken', flaw: { status: 513 } }]);
    expect(found[0]?.kind === 'broken' && found[0].bytes.length).toBe(defaultLimits.messageBytes);
    expect(framer.unfinished).toBe(false);
  });
});

describe('TCP', () => {
  const open: TcpTransport[] = [];
  const sockets: Socket[] = [];
  const clock = new FakeClock();
  const bounds = { connect: 1_000, message: 2_000, idle: 60_000, stalled: 3_000, unsentBytes: 100_000, linger: 500 };

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(open.splice(0).map((transport) => transport.close()));
    expect(clock.pending).toBe(0);
  });

  async function listen(more: Partial<TcpTransportOptions> = {}) {
    const transport = await TcpTransport.listen({ host: '127.0.0.1', port: 0, clock, bounds, ...more });
    open.push(transport);
    const arrivals: Arrival[] = [];
    const errors: SocketAddress[] = [];
    transport.start({
      onMessage: (arrival) => arrivals.push(arrival),
      onSendError: (_error, remote) => errors.push(remote),
    });
    return { transport, arrivals, errors };
  }

  async function peer(transport: TcpTransport): Promise<Socket & { text: string }> {
    const socket = Object.assign(connect(transport.local.port, '127.0.0.1'), { text: '' });
    sockets.push(socket);
    socket.on('data', (chunk) => {
      socket.text += String(chunk);
    });
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  it('carries messages both ways over the connection of the peer', async () => {
    const { transport, arrivals } = await listen();
    const phone = await peer(transport);
    phone.write(message('hello'));
    await until(() => arrivals.length === 1, 'it arrived');
    const remote = arrivals[0]?.remote as SocketAddress;
    expect(remote).toEqual({ family: 'IPv4', address: '127.0.0.1', port: phone.localPort });
    expect(transport.hasConnection(remote)).toBe(true);
    transport.send(Buffer.from('answer'), remote, { ...remote, port: 9 });
    await until(() => phone.text === 'answer', 'the answer came');
    expect(transport.connections).toBe(1);
  });

  it('answers a ping, and skips line breaks', async () => {
    const { transport, arrivals } = await listen();
    const phone = await peer(transport);
    phone.write(`\r\n\r\n${message('')}`);
    await until(() => arrivals.length === 1 && phone.text === '\r\n', 'both came');
  });

  it('opens a connection where there is none, uses it again, and goes to the second address when the first is gone', async () => {
    const { transport } = await listen();
    const heard: string[] = [];
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      sockets.push(socket);
      socket.on('data', (chunk) => heard.push(String(chunk)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    const at: SocketAddress = {
      family: 'IPv4',
      address: '127.0.0.1',
      port: typeof bound === 'object' ? (bound?.port ?? 0) : 0,
    };
    transport.send(Buffer.from('1'), at);
    transport.send(Buffer.from('2'), at);
    transport.send(Buffer.from('3'), { ...at, port: 9 }, at);
    await until(() => heard.join('') === '123', 'all came');
    expect(connections).toBe(1);
    for (const socket of sockets) socket.destroy();
    await until(() => transport.connections === 0, 'it is gone');
    server.close();
  });

  it('reports what cannot be delivered: a port where nobody listens, and a peer that never answers the call', async () => {
    const { transport, errors } = await listen();
    const nobody: SocketAddress = { family: 'IPv4', address: '127.0.0.1', port: 9 };
    transport.send(Buffer.from('x'), nobody);
    await until(() => errors.length === 1, 'it is reported');
    // Documentation addresses lead nowhere, or the system says so at once.
    const silent: SocketAddress = { family: 'IPv4', address: '192.0.2.1', port: 5060 };
    const { transport: any, errors: more } = await listen({ host: '0.0.0.0' });
    any.send(Buffer.from('x'), silent);
    await clock.advance(bounds.connect);
    await until(() => more.length === 1, 'it is reported, too');
    expect([errors, more]).toEqual([[nobody], [silent]]);
  });

  it('lets go of who says nothing, of who dribbles, and of who is silent for long', async () => {
    const { transport, arrivals } = await listen();
    const mute = await peer(transport);
    const slow = await peer(transport);
    const quiet = await peer(transport);
    slow.write(`${message('')}OPT`);
    quiet.write(message(''));
    mute.write('\r\n\r\n');
    await until(() => arrivals.length === 2 && mute.text !== '', 'they were heard');
    await clock.advance(bounds.message / 2);
    slow.write('IONS');
    mute.write('\r\n\r\n');
    await until(() => mute.text.length === 4, 'the ping was answered');
    const gone = Promise.all([once(mute, 'close'), once(slow, 'close')]);
    await clock.advance(bounds.message / 2);
    await gone;
    expect(quiet.destroyed).toBe(false);
    const over = once(quiet, 'close');
    await clock.advance(bounds.idle);
    await over;
    await until(() => transport.connections === 0, 'nothing is left');
  });

  it('gives up a peer that does not read and for whom too much waits', async () => {
    const { transport, arrivals, errors } = await listen();
    const deaf = await peer(transport);
    deaf.pause();
    deaf.write(message(''));
    await until(() => arrivals.length === 1, 'it was heard');
    const remote = arrivals[0]?.remote as SocketAddress;
    // The system's own buffers take some megabytes before anything waits here.
    for (let i = 0; i < 2_000 && transport.hasConnection(remote); i++) transport.send(Buffer.alloc(20_000), remote);
    expect(transport.hasConnection(remote)).toBe(false);
    await until(() => transport.connections === 0, 'it is closed');
    expect(errors).toEqual([remote]);
  });

  it('gives up a peer that takes nothing of what waits for it for too long', async () => {
    const { transport, arrivals } = await listen({ bounds: { ...bounds, unsentBytes: 1e9 } });
    const deaf = await peer(transport);
    deaf.pause();
    deaf.write(message(''));
    await until(() => arrivals.length === 1, 'it was heard');
    const remote = arrivals[0]?.remote as SocketAddress;
    for (let i = 0; i < 1_000; i++) transport.send(Buffer.alloc(20_000), remote);
    expect(transport.hasConnection(remote)).toBe(true);
    await clock.advance(bounds.stalled);
    await until(() => transport.connections === 0, 'it is closed');
  });

  it('says what is wrong with a stream that it cannot read on, and closes it after the answer', async () => {
    const { transport, arrivals } = await listen();
    const phone = await peer(transport);
    phone.write('OPTIONS sip:a@b SIP/2.0\r\nX: y\r\n\r\n');
    await until(() => arrivals.length === 1, 'it is told');
    expect(arrivals[0]?.flaw).toEqual({ status: 400, reason: 'Missing Content-Length' });
    await until(() => transport.connections === 0, 'it is closed');
  });

  it('takes so many connections, so many from one source, and few from strangers', async () => {
    const { transport } = await listen({ counts: { total: 10, fromOneSource: 3 } });
    const phones = [await peer(transport), await peer(transport), await peer(transport)];
    await until(() => transport.connections === 3, 'they are there');
    const refused = await peer(transport);
    await once(refused, 'close');
    expect(transport.counters).toEqual({ accepted: 3, turnedAway: 1, tlsOnPlainPort: 0 });
    phones[0]?.destroy();
    await until(() => transport.connections === 2, 'one is gone');
    await peer(transport);
    await until(() => transport.connections === 3, 'there is room again');
    const { transport: shy } = await listen({ counts: { fromStrangers: 0 }, isExpected: () => false });
    await once(await peer(shy), 'close');
    expect(shy.counters).toEqual({ accepted: 0, turnedAway: 1, tlsOnPlainPort: 0 });
  });
});
