import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { etagOf, expectedRevision, preconditionOf } from './etag.ts';

describe('If-Match', () => {
  it.each([
    [undefined, { kind: 'none' }],
    ['*', { kind: 'none' }],
    [' * ', { kind: 'none' }],
    ['"3"', { kind: 'revisions', revisions: [3] }],
    ['"3", "4" ,W/"5"', { kind: 'revisions', revisions: [3, 4, 0] }],
    ['"abc"', { kind: 'revisions', revisions: [0] }],
    ['""', { kind: 'revisions', revisions: [0] }],
    ['"03"', { kind: 'revisions', revisions: [0] }],
    ['"-1"', { kind: 'revisions', revisions: [0] }],
    ['3', { kind: 'malformed' }],
    ['"3', { kind: 'malformed' }],
    ['', { kind: 'malformed' }],
    ['"3",', { kind: 'malformed' }],
    ['"a"b"', { kind: 'malformed' }],
  ])('is read: %j', (header, expected) => {
    expect(preconditionOf(header)).toEqual(expected);
  });

  it('finds again what was answered as an ETag', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), (revision) => {
        expect(preconditionOf(etagOf(revision))).toEqual({ kind: 'revisions', revisions: [revision] });
      }),
    );
  });

  it('lets a change be made at the revision that is there, and at none otherwise', () => {
    expect(expectedRevision([3, 4], 4)).toBe(4);
    expect(expectedRevision([3], 4)).toBe(0);
    expect(expectedRevision([0], 4)).toBe(0);
  });

  it('is read in no time, however odd it is', () => {
    const odd = '"'.repeat(8_000);
    const began = performance.now();
    expect(preconditionOf(odd)).toEqual({ kind: 'malformed' });
    expect(preconditionOf(`"${'a,'.repeat(4_000)}`)).toEqual({ kind: 'malformed' });
    expect(performance.now() - began).toBeLessThan(500);
  });
});
