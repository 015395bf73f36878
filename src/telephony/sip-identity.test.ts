import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesOf, assertedNumberOf, numberOfUri } from './sip-identity.ts';

describe('the number of a URI', () => {
  it.each([
    ['sip:5000@10.0.0.1', '5000'],
    ['sip:5000@10.0.0.1:5060;transport=udp', '5000'],
    ['SIP:5000@pbx.example.com;user=phone', '5000'],
    ['sips:+15551230000@example.com', '+15551230000'],
    ['sip:%2B15551230000@example.com', '+15551230000'],
    ['sip:+1-555-123.0000@example.com;user=phone', '+15551230000'],
    ['sip:5000;phone-context=example.com@gw.example.com', '5000'],
    ['sip:5000:secret@example.com', '5000'],
    ['tel:+1-555-123-0000;ext=12', '+15551230000'],
    ['sip:5000@[2001:db8::1]:5060', '5000'],
  ])('of %s is %s', (uri, number) => {
    expect(numberOfUri(uri)).toBe(number);
  });

  it.each([
    'sip:example.com',
    'sip:@example.com',
    'sip:anonymous@anonymous.invalid',
    'sip:unavailable@example.com',
    'sip:50%G0@example.com',
    'sip:5000%00@example.com',
    'sip:５０００@example.com',
    'http://5000@example.com',
    '5000@example.com',
    `sip:${'5'.repeat(33)}@example.com`,
    `sip:5000@${'a'.repeat(600)}`,
    '',
  ])('of %s is none', (uri) => {
    expect(numberOfUri(uri)).toBeUndefined();
  });
});

describe('the number that is asserted', () => {
  it.each([
    [{ pAssertedIdentity: '<sip:51234@pbx>', from: '<sip:99999@pbx>' }, '51234'],
    [{ pAssertedIdentity: '"Tony" <sip:tony@pbx>, <tel:+15551234>', from: undefined }, '+15551234'],
    [{ pAssertedIdentity: undefined, from: '"Smith, Tony <x>" <sip:51234@pbx>;tag=abc' }, '51234'],
    [{ pAssertedIdentity: undefined, from: 'sip:51234@pbx;tag=abc' }, '51234'],
    [{ pAssertedIdentity: undefined, from: '"a \\" <sip:1@x>" <sip:51234@pbx>;tag=abc' }, '51234'],
  ])('%j is %s', (headers, number) => {
    expect(assertedNumberOf(headers)).toBe(number);
  });

  it.each([
    // A trusted peer that hides the caller must not be overruled by what the caller's telephone wrote.
    { pAssertedIdentity: '<sip:anonymous@anonymous.invalid>', from: '<sip:51234@pbx>;tag=abc' },
    { pAssertedIdentity: '', from: '<sip:51234@pbx>;tag=abc' },
    { pAssertedIdentity: undefined, from: '"51234" <sip:anonymous@anonymous.invalid>;tag=abc' },
    { pAssertedIdentity: undefined, from: '<sip:unavailable@pbx>;tag=abc' },
    { pAssertedIdentity: undefined, from: '<sip:51234@pbx>;tag=abc,<sip:99999@pbx>' },
    { pAssertedIdentity: undefined, from: undefined },
    { pAssertedIdentity: undefined, from: '<sip:51234@pbx' },
  ])('%j is none', (headers) => {
    expect(assertedNumberOf(headers)).toBeUndefined();
  });
});

describe('addresses', () => {
  it('are found in any text without failing, and each is a part of it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (value) => {
        for (const uri of addressesOf(value)) expect(value).toContain(uri);
      }),
    );
  });

  it('are found in linear time', () => {
    const began = performance.now();
    for (const hostile of [' '.repeat(1_000), '"'.repeat(1_000), '<'.repeat(1_000), ',<'.repeat(500)]) {
      for (let round = 0; round < 100; round += 1) addressesOf(hostile);
    }
    expect(performance.now() - began).toBeLessThan(500);
    expect(addressesOf(`<sip:5000@x>${' '.repeat(60_000)}`)).toEqual([]);
  });
});
