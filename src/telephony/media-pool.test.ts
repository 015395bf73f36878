import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOff } from './back-off.ts';
import { orderByLoad } from './media-pool.ts';
import type { MediaServerLoad } from './media-server-link.ts';

function server(name: string, load: Partial<MediaServerLoad> = {}): { readonly load: MediaServerLoad } {
  return { load: { name, up: true, suspect: false, sessions: 0, maxSessions: 100, idleCpu: 100, ...load } };
}

const names = (servers: readonly { readonly load: MediaServerLoad }[]): readonly string[] =>
  servers.map(({ load }) => load.name);

describe('the order in which media servers are tried', () => {
  it('begins with the one whose share of sessions is least', () => {
    const servers = [
      server('a', { sessions: 50 }),
      server('b', { sessions: 60, maxSessions: 1_000 }),
      server('c', { sessions: 10 }),
    ];
    expect(names(orderByLoad(servers, 0))).toEqual(['b', 'c', 'a']);
  });

  it('leaves those out that are down', () => {
    expect(names(orderByLoad([server('a', { up: false }), server('b')], 0))).toEqual(['b']);
    expect(orderByLoad([], 3)).toEqual([]);
  });

  it('puts full ones behind, and one that has just failed last, but leaves neither out', () => {
    const servers = [
      server('failed', { suspect: true }),
      server('full', { sessions: 100 }),
      server('busy', { sessions: 99 }),
    ];
    expect(names(orderByLoad(servers, 0))).toEqual(['busy', 'full', 'failed']);
  });

  it('counts a session for up to twice as much where the processors are busy, and no more', () => {
    const servers = [
      server('busy', { sessions: 20, idleCpu: 30 }),
      server('idle', { sessions: 30, idleCpu: 90 }),
      server('elsewhere', { sessions: 41, idleCpu: 100 }),
    ];
    expect(names(orderByLoad(servers, 0))).toEqual(['idle', 'busy', 'elsewhere']);
  });

  it('puts one whose processors are exhausted behind', () => {
    const servers = [server('exhausted', { idleCpu: 3 }), server('busy', { sessions: 90, idleCpu: 40 })];
    expect(names(orderByLoad(servers, 0))).toEqual(['busy', 'exhausted']);
  });

  it('uses equal ones alternately', () => {
    const servers = [server('a'), server('b')];
    expect([0, 1, 2, 3].map((turn) => orderByLoad(servers, turn)[0]?.load.name)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('takes one that has not said how much it bears for a middling one', () => {
    const servers = [server('unknown', { maxSessions: 0, sessions: 10 }), server('known', { sessions: 2 })];
    expect(names(orderByLoad(servers, 0))).toEqual(['unknown', 'known']);
  });
});

describe('the wait before another attempt', () => {
  it('grows to its longest and is never less than half of what it could be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (attempt) => {
        const wait = backOff(attempt, { first: 500, longest: 15_000 });
        const full = Math.min(500 * 2 ** (attempt - 1), 15_000);
        expect(wait).toBeGreaterThanOrEqual(full / 2);
        expect(wait).toBeLessThanOrEqual(full);
      }),
    );
  });

  it('differs from time to time', () => {
    const waits = new Set(Array.from({ length: 20 }, () => backOff(6, { first: 500, longest: 15_000 })));
    expect(waits.size).toBeGreaterThan(1);
  });
});
