import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/clock.ts';
import { canBindTo, PortPool, type RtpPort } from './port-pool.ts';

const drain = 1_500;
const pools: PortPool[] = [];
const ports: RtpPort[] = [];

/** A pool over a range that is free; ranges begin at odd ports here, to see that they are made even. */
async function poolOf(count: number, clock = new FakeClock()) {
  for (let portMin = 21_001 + 2 * Math.floor(Math.random() * 5_000); ; portMin += 2 * count) {
    const pool = new PortPool({ host: '127.0.0.1', portMin, portMax: portMin + 2 * count, drain, clock });
    const leased = await Promise.all(Array.from({ length: count }, () => pool.lease()));
    const free = leased.every((port) => port !== undefined);
    for (const port of leased) port?.release();
    await clock.advance(drain);
    if (!free) continue;
    pools.push(pool);
    return { pool, clock, portMin };
  }
}

async function lease(pool: PortPool): Promise<RtpPort> {
  const port = await pool.lease();
  if (port === undefined) throw new Error('No port');
  ports.push(port);
  return port;
}

const sendTo = (port: number) =>
  new Promise<void>((resolve) => {
    const socket = createSocket('udp4');
    socket.send('x', port, '127.0.0.1', () => socket.close(resolve));
  });

afterEach(() => {
  for (const port of ports.splice(0)) port.release();
  for (const pool of pools.splice(0)) pool.close();
});

describe('the pool of RTP ports', () => {
  it('gives even ports of the range, each once, and none when all are taken', async () => {
    const { pool, portMin } = await poolOf(4);
    const leased = await Promise.all([lease(pool), lease(pool), lease(pool), lease(pool)]);
    const numbers = leased.map(({ port }) => port).toSorted((a, b) => a - b);
    expect(numbers).toEqual([0, 2, 4, 6].map((step) => portMin + 1 + step));
    expect(await pool.lease()).toBeUndefined();
    expect(pool.bound).toBe(4);
  });

  it('keeps a released port bound, throws away what comes, and gives it again only when it is drained', async () => {
    const { pool, clock } = await poolOf(1);
    const first = await lease(pool);
    const heard: string[] = [];
    first.socket.on('message', (bytes) => heard.push(bytes.toString()));
    await sendTo(first.port);
    await expect.poll(() => heard).toEqual(['x']);
    first.release();
    first.release();
    expect([pool.bound, pool.draining]).toEqual([1, 1]);
    expect(await pool.lease()).toBeUndefined();
    await sendTo(first.port);
    await clock.advance(drain - 1);
    expect(await pool.lease()).toBeUndefined();
    await clock.advance(1);
    expect([pool.bound, pool.draining, clock.pending]).toEqual([0, 0, 0]);
    const second = await lease(pool);
    expect(second.port).toBe(first.port);
    expect(heard).toEqual(['x']);
  });

  it('uses the port that has been free for longest', async () => {
    const { pool, clock } = await poolOf(3);
    const order: number[] = [];
    for (let round = 0; round < 6; round++) {
      const port = await lease(pool);
      order.push(port.port);
      port.release();
      await clock.advance(drain);
    }
    expect(order.slice(3)).toEqual(order.slice(0, 3));
    expect(new Set(order).size).toBe(3);
  });

  it('passes over a port that another program has', async () => {
    const { pool, portMin } = await poolOf(2);
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(portMin + 1, '127.0.0.1', resolve));
    expect((await lease(pool)).port).toBe(portMin + 3);
    expect(await pool.lease()).toBeUndefined();
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    expect((await lease(pool)).port).toBe(portMin + 1);
  });

  it('passes over a pair of which another program has the odd port', async () => {
    const { pool, portMin } = await poolOf(2);
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(portMin + 2, '127.0.0.1', resolve));
    expect((await lease(pool)).port).toBe(portMin + 3);
    expect(await pool.lease()).toBeUndefined();
    expect(pool.bound).toBe(1);
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    expect((await lease(pool)).port).toBe(portMin + 1);
  });

  it('gives none at an address that this host does not have', async () => {
    const pool = new PortPool({
      host: '203.0.113.77',
      portMin: 20_000,
      portMax: 20_009,
      drain,
      clock: new FakeClock(),
    });
    pools.push(pool);
    expect(await pool.lease()).toBeUndefined();
    expect(pool.bound).toBe(0);
    expect(await canBindTo('203.0.113.77')).toBe(false);
    expect(await canBindTo('127.0.0.1')).toBe(true);
  });

  it('closes ports that drain, and leased ones when they are released', async () => {
    const { pool, clock } = await poolOf(2);
    const one = await lease(pool);
    const two = await lease(pool);
    one.release();
    pool.close();
    expect(pool.bound).toBe(1);
    two.release();
    expect([pool.bound, clock.pending]).toEqual([0, 0]);
    expect(await pool.lease()).toBeUndefined();
  });

  it('outlives errors that come back for packets', async () => {
    const { pool } = await poolOf(1);
    const port = await lease(pool);
    port.socket.emit('error', new Error('ECONNREFUSED'));
    const heard: string[] = [];
    port.socket.on('message', (bytes) => heard.push(bytes.toString()));
    await sendTo(port.port);
    await expect.poll(() => heard).toEqual(['x']);
  });
});
