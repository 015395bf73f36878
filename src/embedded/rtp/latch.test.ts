import { describe, expect, it } from 'vitest';
import { Latch } from './latch.ts';

describe('the latch on the source of media', () => {
  it('takes packets of the described address from any port, and then only from the one that came first', () => {
    const latch = new Latch();
    latch.open('192.0.2.1', 4_000, undefined);
    expect([latch.address, latch.port]).toEqual(['192.0.2.1', 4_000]);
    expect(latch.accepts('192.0.2.1', 4_711)).toBe(true);
    expect(latch.accepts('192.0.2.9', 4_000)).toBe(false);
    latch.fix('192.0.2.1', 4_711);
    expect([latch.address, latch.port]).toEqual(['192.0.2.1', 4_711]);
    expect(latch.accepts('192.0.2.1', 4_711)).toBe(true);
    expect(latch.accepts('192.0.2.1', 4_000)).toBe(false);
    latch.fix('192.0.2.1', 4_000);
    expect(latch.port).toBe(4_711);
  });

  it('takes packets from where the signalling came from, when a phone behind a NAT describes a private address', () => {
    const latch = new Latch();
    latch.open('192.168.1.5', 4_000, '203.0.113.7');
    expect(latch.address).toBe('192.168.1.5');
    expect(latch.accepts('203.0.113.7', 61_000)).toBe(true);
    latch.fix('203.0.113.7', 61_000);
    expect(latch.accepts('192.168.1.5', 4_000)).toBe(false);
    expect([latch.address, latch.port]).toEqual(['203.0.113.7', 61_000]);
  });

  it('knows a link-local address with the interface that it is at, which descriptions do not name', () => {
    const latch = new Latch();
    latch.open('fe80::5', 4_000, 'fe80::7%eth1');
    expect(latch.accepts('fe80::5%eth0', 4_000)).toBe(true);
    expect(latch.accepts('fe80::7%eth0', 4_000)).toBe(true);
    expect(latch.accepts('fe80::6%eth0', 4_000)).toBe(false);
    latch.fix('fe80::5%eth0', 4_000);
    expect(latch.address).toBe('fe80::5%eth0');
    latch.open('fe80::5', 4_000, undefined);
    expect(latch.address).toBe('fe80::5%eth0');
  });

  it('opens once more with a new offer; a refresh keeps sending to the known place, a move goes to the new one', () => {
    const latch = new Latch();
    latch.open('192.168.1.5', 4_000, '203.0.113.7');
    latch.fix('203.0.113.7', 61_000);
    latch.open('192.168.1.5', 4_000, '203.0.113.7');
    expect([latch.address, latch.port]).toEqual(['203.0.113.7', 61_000]);
    expect(latch.accepts('203.0.113.7', 61_001)).toBe(true);
    latch.fix('203.0.113.7', 61_001);
    latch.open('192.168.1.6', 4_000, '203.0.113.8');
    expect([latch.address, latch.port]).toEqual(['192.168.1.6', 4_000]);
    expect(latch.accepts('203.0.113.7', 61_001)).toBe(false);
    latch.fix('192.168.1.6', 4_000);
    latch.open('192.168.1.6', 4_000, '203.0.113.9');
    expect(latch.address).toBe('192.168.1.6');
  });

  it('is not caught by stragglers from the place that the media has moved away from', () => {
    const latch = new Latch();
    latch.open('192.0.2.1', 4_000, undefined);
    latch.fix('192.0.2.1', 4_000);
    latch.open('192.0.2.1', 5_000, undefined);
    for (let packet = 0; packet < 10; packet += 1) {
      expect(latch.accepts('192.0.2.1', 4_000)).toBe(true);
      latch.fix('192.0.2.1', 4_000);
    }
    expect([latch.address, latch.port]).toEqual(['192.0.2.1', 5_000]);
    latch.fix('192.0.2.1', 5_000);
    expect(latch.accepts('192.0.2.1', 4_000)).toBe(false);
    expect(latch.accepts('192.0.2.1', 5_000)).toBe(true);
  });

  it('returns to the former place when packets keep coming from there, as after a hold behind a NAT', () => {
    const latch = new Latch();
    latch.open('192.168.1.5', 4_000, '203.0.113.7');
    latch.fix('203.0.113.7', 61_000);
    latch.open('192.168.1.5', 4_002, '203.0.113.7');
    for (let packet = 0; packet < 25; packet += 1) latch.fix('203.0.113.7', 61_000);
    expect([latch.address, latch.port]).toEqual(['203.0.113.7', 61_000]);
    expect(latch.accepts('203.0.113.7', 61_002)).toBe(false);
  });

  it('takes nothing from anywhere for an address of zeros', () => {
    const latch = new Latch();
    for (const zeros of ['0.0.0.0', '::']) {
      latch.open(zeros, 4_000, undefined);
      expect(latch.address).toBeUndefined();
      expect(latch.accepts(zeros, 4_000)).toBe(false);
    }
    expect(new Latch().accepts('192.0.2.1', 1)).toBe(false);
  });
});
