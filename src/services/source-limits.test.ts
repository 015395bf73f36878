import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_KIND } from '../testing/databases.ts';
import {
  createSignInRig,
  EXTENSION,
  hasherWith,
  OWNER,
  PIN,
  type SignInRig,
  STRANGER,
  UNKNOWN,
} from '../testing/sign-in-rig.ts';
import { provisionTestMailbox } from '../testing/test-service.ts';
import type { SignInSource, SignInVerdict } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';
import { failureSource } from './source-key.ts';
import { SOURCE_LIMIT_DEFAULTS, slowdown, startSourcePruning } from './source-limits.ts';

const MINUTE = 60_000;
const AN_HOUR = 60 * MINUTE;

describe('whom failures are counted for', () => {
  const trusted = { callId: 'call', peer: '198.51.100.1', peerIsTrusted: true };

  it.each<[string, Partial<SignInSource>, string, boolean]>([
    ['the asserted number', { assertedNumber: '+1 (425) 555-0123' }, 'number +14255550123', true],
    ['the trusted peer, without a number', {}, 'trunk 198.51.100.1', false],
    ['the trusted peer, with a name for a number', { assertedNumber: 'anonymous' }, 'trunk 198.51.100.1', false],
    ['a stranger’s address', { peerIsTrusted: false, peer: '192.0.2.7' }, 'address 192.0.2.7', true],
    ['the same, whatever it asserts', { peerIsTrusted: false, assertedNumber: '51234' }, 'address 198.51.100.1', true],
    ['an IPv4 address in IPv6', { peerIsTrusted: false, peer: '::ffff:192.0.2.7' }, 'address 192.0.2.7', true],
    ['an IPv6 subnet', { peerIsTrusted: false, peer: '2001:db8:1:2:3:4:5:6' }, 'address 2001:db8:1:2::/64', true],
    ['the same, shortened', { peerIsTrusted: false, peer: '2001:DB8:1:2::ffff' }, 'address 2001:db8:1:2::/64', true],
    ['the start of the address space', { peerIsTrusted: false, peer: '::1' }, 'address 0:0:0:0::/64', true],
    ['a link-local address', { peerIsTrusted: false, peer: 'fe80::1%eth0' }, 'address fe80:0:0:0::/64', true],
    ['its end', { peerIsTrusted: false, peer: '2001:db8::' }, 'address 2001:db8:0:0::/64', true],
  ])('is %s', (_what, changes, key, mayBeRefused) => {
    expect(failureSource({ ...trusted, ...changes })).toMatchObject({ key, mayBeRefused });
  });
});

describe('how long a source waits', () => {
  it.each([
    [0, 0],
    [19, 0],
    [20, 1_000],
    [29, 1_000],
    [30, 2_000],
    [40, 4_000],
    [50, 8_000],
    [99, 8_000],
    [1_000_000, 8_000],
  ])('with %i failures, %i ms', (failures, milliseconds) => {
    expect(slowdown(failures, SOURCE_LIMIT_DEFAULTS.slowAt)).toBe(milliseconds);
  });

  it('is not at all, where that is turned off', () => {
    expect(slowdown(1_000, 'unlimited')).toBe(0);
  });
});

describe.each([DEFAULT_KIND])('failures by source, on $name', (kind) => {
  let rig: SignInRig;

  const start = (slowAt: number | 'unlimited', refuseAt: number | 'unlimited') => async () => {
    rig = await createSignInRig({ kind, sourceLimits: { slowAt, refuseAt } });
    await rig.changePolicy({ maxLogonAttempts: 999, logonFailuresBeforePinReset: 'unlimited' });
  };

  afterEach(() => rig.dispose());

  const kinds = async (count: number, source: SignInSource): Promise<ReadonlySet<SignInVerdict['kind']>> =>
    new Set(await rig.wrong(count, { source }));
  const warnings = () =>
    rig.service.log.lines.filter(({ fields }) => fields.event === 'source-failures').map(({ fields }) => fields);

  describe('slowed', () => {
    beforeEach(start(3, 'unlimited'));

    /** How long an attempt is kept waiting, on the clock. */
    async function delayOf(source: SignInSource, pin: string = '407193'): Promise<number> {
      const { clock } = rig.service;
      const began = clock.now();
      let isOver = false;
      const attempt = rig.attempt(pin, { source }).finally(() => {
        isOver = true;
      });
      await expect.poll(() => isOver || clock.pending > 0, { interval: 1 }).toBe(true);
      while (clock.pending > 0) await clock.advance(500);
      await attempt;
      return clock.now() - began;
    }

    it('makes each wait before its turn, longer and longer', async () => {
      const delays: number[] = [];
      for (let i = 0; i < 24; i++) delays.push(await delayOf(STRANGER));
      expect(delays).toEqual([
        ...Array.from({ length: 3 }, () => 0),
        ...Array.from({ length: 10 }, () => 1_000),
        ...Array.from({ length: 10 }, () => 2_000),
        4_000,
      ]);
    });

    it('holds up nobody else at the same mailbox', async () => {
      await kinds(3, STRANGER);
      const slowed = rig.attempt(PIN);
      expect((await rig.attempt(PIN, { source: OWNER })).kind).toBe('signed-in');
      await rig.service.clock.advance(1_000);
      expect((await slowed).kind).toBe('signed-in');
    });

    it('takes place across mailboxes, and not after a success', async () => {
      await provisionTestMailbox(rig.service, rig.plan, { address: 'ann@contoso.com', extensions: ['52000'] });
      for (const extension of [EXTENSION, '52000', UNKNOWN]) await rig.wrong(1, { extension });
      expect(await delayOf(STRANGER, PIN)).toBe(1_000);
      expect(await delayOf(STRANGER, PIN)).toBe(1_000);
      expect((await rig.state()).failuresSinceSuccess).toBe(0);
    });

    it('ends an hour later', async () => {
      await kinds(3, STRANGER);
      await rig.service.clock.advance(AN_HOUR);
      expect(await delayOf(STRANGER)).toBe(0);
    });

    it('slows a trusted peer without a number, and with one only that number', async () => {
      const trunk = { ...STRANGER, peer: '198.51.100.1', peerIsTrusted: true };
      await kinds(3, trunk);
      expect(await delayOf(trunk)).toBe(1_000);
      expect(await delayOf(OWNER)).toBe(0);
      await kinds(2, OWNER);
      expect(await delayOf(OWNER)).toBe(1_000);
      expect(await delayOf({ ...OWNER, assertedNumber: '51235' })).toBe(0);
    });

    it('warns the operator once an hour', async () => {
      await kinds(3, STRANGER);
      await delayOf(STRANGER);
      expect(warnings()).toEqual([{ event: 'source-failures', source: 'address 192.0.2.7', failures: 3 }]);
      await rig.service.clock.advance(AN_HOUR);
      await kinds(3, STRANGER);
      expect(warnings()).toHaveLength(2);
    });
  });

  describe('refused', () => {
    beforeEach(start('unlimited', 5));

    it('refuses after so many, before the PIN is looked at, and counts nothing', async () => {
      let checks = 0;
      const hasher = hasherWith(rig.service.hasher, {
        matches: (...check) => {
          checks++;
          return rig.service.hasher.matches(...check);
        },
      });
      const signIn = await createSignIn({ ...rig.service, hasher });
      expect(await rig.wrong(5, { signIn })).toEqual(Array.from({ length: 5 }, () => 'failed'));
      const before = await rig.state();
      expect(await rig.attempt(PIN, { signIn })).toEqual({ kind: 'source-refused' });
      expect(await rig.attempt(PIN, { signIn, extension: UNKNOWN })).toEqual({ kind: 'source-refused' });
      expect(checks).toBe(5);
      expect(await rig.state()).toEqual(before);
      expect((await rig.audited()).at(-1)).toEqual({
        action: 'sign-in',
        outcome: 'source-refused',
        actor: { kind: 'caller' },
        source: { kind: 'call', callId: 'call-1', peer: '192.0.2.7' },
      });
      expect(rig.service.log.lines.at(-1)?.fields).toMatchObject({ outcome: 'source-refused', mailbox: null });
      expect(warnings()).toEqual([{ event: 'source-failures', source: 'address 192.0.2.7', failures: 5 }]);
    });

    it('lets the others in, and the source again an hour later', async () => {
      await kinds(6, STRANGER);
      expect((await rig.attempt(PIN, { source: { ...STRANGER, peer: '192.0.2.8' } })).kind).toBe('signed-in');
      await rig.service.clock.advance(AN_HOUR);
      expect((await rig.attempt(PIN)).kind).toBe('signed-in');
    });

    it('counts the minutes of the hour, and no others', async () => {
      await kinds(3, STRANGER);
      await rig.service.clock.advance(59 * MINUTE);
      await kinds(2, STRANGER);
      expect((await rig.attempt(PIN)).kind).toBe('source-refused');
      await rig.service.clock.advance(MINUTE);
      expect(await kinds(3, STRANGER)).toEqual(new Set(['failed']));
      expect((await rig.attempt(PIN)).kind).toBe('source-refused');
    });

    it('refuses an asserted number, and never a trusted peer as a whole', async () => {
      expect(await kinds(6, OWNER)).toEqual(new Set(['failed', 'source-refused']));
      const trunk = { ...STRANGER, peer: OWNER.peer, peerIsTrusted: true };
      expect(await kinds(20, trunk)).toEqual(new Set(['failed']));
      expect((await rig.attempt(PIN, { source: trunk })).kind).toBe('signed-in');
      expect(warnings().map(({ source }) => source)).toEqual([`number ${EXTENSION}`, `trunk ${OWNER.peer}`]);
    });

    it('does not count a success', async () => {
      for (let i = 0; i < 12; i++) expect((await rig.attempt(PIN)).kind).toBe('signed-in');
      expect(await kinds(5, STRANGER)).toEqual(new Set(['failed']));
    });

    it('is not exceeded by attempts at the same instant', async () => {
      const extensions = Array.from({ length: 40 }, (_, i) => `${90_000 + i}`);
      const verdicts = await Promise.all(extensions.map((extension) => rig.attempt('407193', { extension })));
      const counts = Map.groupBy(verdicts, (verdict) => verdict.kind);
      expect(counts.get('failed')).toHaveLength(5);
      expect(counts.get('source-refused')).toHaveLength(35);
      const rows = await rig.service.stored.rows();
      const decoys = rows.filter(({ table, values }) => table === 'credential' && values.mailbox_id === null);
      expect(decoys.reduce((sum, { values }) => sum + Number(values.elsewhere_failures), 0)).toBe(5);
    });

    it('forgets every hour what counts no more', async () => {
      const { clock } = rig.service;
      const stop = await startSourcePruning(rig.service);
      const failures = async () => (await rig.service.stored.rows()).filter(({ table }) => table === 'source_failure');
      await rig.wrong(1);
      await clock.advance(30 * MINUTE);
      await rig.wrong(1);
      expect(await failures()).toHaveLength(2);
      await clock.advance(30 * MINUTE);
      await expect.poll(failures).toHaveLength(1);
      await clock.advance(AN_HOUR);
      await expect.poll(failures).toHaveLength(0);
      stop();
      expect(clock.pending).toBe(0);
    });

    it('are forgotten that a clock counted which was ahead', async () => {
      const { clock } = rig.service;
      const now = clock.now();
      clock.setNow(now + 365 * 24 * AN_HOUR);
      await rig.wrong(1);
      clock.setNow(now);
      await rig.wrong(1);
      const stop = await startSourcePruning(rig.service);
      const left = (await rig.service.stored.rows()).filter(({ table }) => table === 'source_failure');
      expect(left.map(({ values }) => values.minute)).toEqual([Math.floor(now / MINUTE)]);
      stop();
    });
  });
});
