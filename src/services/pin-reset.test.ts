import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailboxLock } from '../domain/credential.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import { contendedDatabase } from '../testing/contended-database.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { dieAtEachCall } from '../testing/die-at-each-call.ts';
import { createSignInRig, hasherWith, OWNER, PIN, type SignInRig } from '../testing/sign-in-rig.ts';
import { BY_TEST } from '../testing/test-service.ts';
import type { PinAdministration, PinResetRequest, PinResetResult, Requester } from './pin-administration.ts';
import { createPinAdministration } from './pin-administration-service.ts';
import type { SessionEnd, SignInSession } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

const NEW_PIN = '407193';
const NOBODY = 'nobody' as MailboxId;
const ELSEWHERE = 'front.desk@contoso.com';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const BY_USER: Requester = { actor: { kind: 'user' }, source: { kind: 'http', address: '192.0.2.9' } };

describe.each([DEFAULT_KIND])('a reset on $name', (kind) => {
  let rig: SignInRig;
  let administration: PinAdministration;

  beforeEach(async () => {
    rig = await createSignInRig({ kind, policy: { resetPinText: 'Call 5000.' } });
    administration = createPinAdministration(rig.service);
  });

  afterEach(() => rig.dispose());

  const reset = (request: PinResetRequest = {}, by = BY_TEST): Promise<PinResetResult> =>
    administration.reset(rig.mailbox.id, request, by);

  async function signIn(pin: string, source = OWNER): Promise<SignInSession> {
    const verdict = await rig.attempt(pin, { source });
    return verdict.kind === 'signed-in' ? verdict.session : expect.fail(`The sign-in is ${verdict.kind}`);
  }

  /** Why the calls that are signed in now end from here on. */
  async function noteEnds(): Promise<readonly SessionEnd[]> {
    const ends: SessionEnd[] = [];
    (await signIn(PIN)).onEnd((why) => ends.push(why));
    return ends;
  }

  async function lettersOf(): Promise<readonly unknown[]> {
    const letters = await rig.letters();
    return letters.map(({ letter, state, pin }) => [letter.kind, letter.address, state, pin === undefined]);
  }

  const records = async (action: string) => (await rig.audited()).filter((record) => record.action === action);

  it('generates a PIN, which is expired, and mails it to its user', async () => {
    const ends = await noteEnds();
    const before = await rig.state();
    await rig.putState({ firstTime: false, pinExpired: false });
    const result = await reset();
    const [letter] = await rig.letters();
    expect(result).toEqual({
      kind: 'reset',
      pinExpired: true,
      lockedOut: false,
      mails: [{ id: letter?.id, kind: 'pin-reset', to: rig.mailbox.address }],
    });
    expect(letter).toMatchObject({
      state: 'waiting',
      letter: {
        kind: 'pin-reset',
        cause: 'administrator',
        address: rig.mailbox.address,
        displayName: 'Tony Smith',
        extension: '51234',
        accessNumbers: ['7000'],
        policyText: 'Call 5000.',
        mustChange: true,
      },
    });
    expect(await rig.state()).toMatchObject({
      version: before.version + 1,
      pinExpired: true,
      firstChangeWaived: false,
    });
    expect(ends).toEqual(['pin-reset']);
    expect(rig.service.mailsAnnounced()).toBe(1);
    expect((await rig.attempt(PIN)).kind).toBe('failed');
    const pin = await rig.mailedPin();
    expect(pin).toMatch(/^\d{6}$/);
    expect((await signIn(pin)).changeCauses).toEqual(['pin-expired']);
  });

  it.each([
    [undefined, ['pin-expired', 'first-time']],
    [true, ['pin-expired', 'first-time']],
    [false, []],
  ])(
    'takes a PIN that is typed, and one that is not expired need not be changed even at first (%s)',
    async (pinExpired, causes) => {
      const asked = pinExpired === undefined ? {} : { pinExpired };
      expect(await reset({ pin: NEW_PIN, ...asked })).toMatchObject({
        kind: 'reset',
        pinExpired: pinExpired ?? true,
      });
      expect(await rig.mailedPin()).toBe(NEW_PIN);
      expect((await rig.letters())[0]?.letter).toMatchObject({ mustChange: pinExpired ?? true });
      expect((await signIn(NEW_PIN)).changeCauses).toEqual(causes);
    },
  );

  it('sets a PIN that has to be changed, as the page shows that the project started from', async () => {
    await rig.changePolicy({ pinHistoryCount: 1 });
    await reset();
    expect(await reset({ pin: '1985848', pinExpired: true })).toMatchObject({ kind: 'reset', pinExpired: true });
    expect((await signIn('1985848')).changeCauses).toContain('pin-expired');
  });

  it.each<[string, MailboxLock | undefined]>([
    ['no lock', undefined],
    ['a lock by failures', { reason: 'failures', scope: 'elsewhere', since: 5 }],
    ['a lock by a person', { reason: 'administrator', scope: 'everywhere', since: 5 }],
  ])('sets the failures to 0 and opens %s', async (_name, lock) => {
    await rig.wrong(4);
    await rig.wrong(2, { source: OWNER });
    await rig.putState({ lock });
    expect(await reset({ pin: NEW_PIN })).toMatchObject({ kind: 'reset', lockedOut: false });
    expect(await rig.state()).toMatchObject({
      lock: undefined,
      budgets: { own: { failures: 0, settled: 0 }, elsewhere: { failures: 0, settled: 0 } },
      failuresSinceSuccess: 6,
    });
    expect((await signIn(NEW_PIN)).failures?.count).toBe(6);
  });

  it('locks when that is asked for, everywhere and until a person opens it', async () => {
    const ends = await noteEnds();
    await rig.changePolicy({ lockoutDuration: 1 });
    expect(await reset({ pin: NEW_PIN, lockedOut: true })).toMatchObject({ kind: 'reset', lockedOut: true });
    expect(ends).toEqual(['locked']);
    rig.service.clock.setNow(rig.service.clock.now() + DAY);
    for (const source of [OWNER, { ...OWNER, assertedNumber: '1' }]) {
      expect(await rig.attempt(NEW_PIN, { source })).toEqual({ kind: 'locked', opensByItself: false });
    }
  });

  it('by the user opens a lock by failures, and none by a person', async () => {
    await rig.putState({ lock: { reason: 'failures', scope: 'everywhere', since: 5 } });
    expect(await reset({}, BY_USER)).toMatchObject({ lockedOut: false });
    expect((await rig.letters())[0]?.letter).toMatchObject({ cause: 'user' });
    const lock = { reason: 'administrator', scope: 'everywhere', since: 5 } as const;
    await rig.putState({ lock });
    expect(await reset({}, BY_USER)).toMatchObject({ lockedOut: true });
    expect((await rig.state()).lock).toEqual(lock);
  });

  it('mails to another address what it is told to, and tells the user of it without the PIN', async () => {
    const result = await reset({ notifyEmail: ELSEWHERE });
    expect(result).toMatchObject({
      kind: 'reset',
      mails: [
        { kind: 'pin-reset', to: ELSEWHERE },
        { kind: 'pin-reset-notice', to: rig.mailbox.address },
      ],
    });
    expect(await lettersOf()).toEqual([
      ['pin-reset-notice', rig.mailbox.address, 'waiting', true],
      ['pin-reset', ELSEWHERE, 'waiting', false],
    ]);
    const [notice] = await rig.letters();
    expect(notice?.letter).toMatchObject({ cause: 'administrator', policyText: 'Call 5000.' });
    expect(JSON.stringify(notice)).not.toContain(await rig.mailedPin());
  });

  it('sends one mail where the other address is the own one', async () => {
    await reset({ notifyEmail: rig.mailbox.address.toUpperCase() });
    expect(await lettersOf()).toEqual([['pin-reset', rig.mailbox.address.toUpperCase(), 'waiting', false]]);
  });

  it('sends no PIN when that is asked for, a notice all the same, and withdraws older PINs', async () => {
    await reset();
    expect(await reset({ pin: NEW_PIN, sendEmail: false })).toMatchObject({
      kind: 'reset',
      mails: [{ kind: 'pin-reset-notice', to: rig.mailbox.address }],
    });
    expect(await lettersOf()).toEqual([
      ['pin-reset-notice', rig.mailbox.address, 'waiting', true],
      ['pin-reset', rig.mailbox.address, 'superseded', true],
    ]);
    expect(rig.service.mailsAnnounced()).toBe(2);
  });

  it('withdraws the mail of the reset before', async () => {
    await reset();
    await reset({ notifyEmail: ELSEWHERE });
    expect((await lettersOf()).at(-1)).toEqual(['pin-reset', rig.mailbox.address, 'superseded', true]);
  });

  it.each<[PinResetRequest, PinResetResult]>([
    [{ sendEmail: false }, { kind: 'generated-unmailed' }],
    [{ notifyEmail: 'nobody' }, { kind: 'not-an-address' }],
    [{ notifyEmail: 'a@b.example\r\nBcc: c@d.example' }, { kind: 'not-an-address' }],
    [{ pin: '12345' }, { kind: 'refused', refusal: { kind: 'too-short', minimum: 6 } }],
    [{ pin: '12 345' }, { kind: 'refused', refusal: { kind: 'not-digits' } }],
    [{ pin: '' }, { kind: 'refused', refusal: { kind: 'too-short', minimum: 6 } }],
    [{ pin: '512340' }, { kind: 'refused', refusal: { kind: 'contains-extension' } }],
    [{ pin: '111111' }, { kind: 'refused', refusal: { kind: 'common-pattern', pattern: 'one-digit' } }],
  ])('is refused for %o, and nothing is stored', async (request, expected) => {
    const before = await rig.service.stored.rows();
    expect(await reset(request)).toEqual(expected);
    expect(await rig.service.stored.rows()).toEqual(before);
    expect(rig.service.mailsAnnounced()).toBe(0);
  });

  it('is not done to a mailbox that is not there', async () => {
    expect(await administration.reset(NOBODY, {}, BY_TEST)).toEqual({ kind: 'no-such-mailbox' });
  });

  it('is recorded: who, from where, and where the PIN went; the PIN nowhere', async () => {
    await rig.putState({ lock: { reason: 'failures', scope: 'elsewhere', since: 5 } });
    await reset({ pin: NEW_PIN, notifyEmail: ELSEWHERE, pinExpired: false });
    await reset();
    const mails = (await rig.letters()).map(({ id }) => id);
    expect(await records('pin-reset')).toEqual([
      {
        action: 'pin-reset',
        outcome: 'done',
        ...BY_TEST,
        mailboxId: rig.mailbox.id,
        reason: 'on-request',
        details: {
          pinIsGenerated: false,
          pinExpired: false,
          wasLockedOut: true,
          lockedOut: false,
          pinMailedTo: ELSEWHERE,
          mails: `${mails[2]} ${mails[1]}`,
        },
      },
      {
        action: 'pin-reset',
        outcome: 'done',
        ...BY_TEST,
        mailboxId: rig.mailbox.id,
        reason: 'on-request',
        details: {
          pinIsGenerated: true,
          pinExpired: true,
          wasLockedOut: false,
          lockedOut: false,
          pinMailedTo: 'user',
          mails: mails[0],
        },
      },
    ]);
    const generated = await rig.mailedPin();
    const everything = JSON.stringify([await rig.service.stored.rows(), rig.service.log.lines]);
    for (const pin of [NEW_PIN, generated]) expect(everything).not.toContain(pin);
  });

  it('lets no attempt in that was made at the old PIN, and does not count it for the new one', async () => {
    const { hasher } = rig.service;
    const slow = hasherWith(hasher, {
      matches: async (pin, id, stored, inUse) => {
        const isRight = await hasher.matches(pin, id, stored, inUse);
        if (pin === PIN && isRight) await reset();
        return isRight;
      },
    });
    const signInSlowly = await createSignIn({ ...rig.service, hasher: slow });
    expect(await rig.attempt(PIN, { signIn: signInSlowly })).toEqual({ kind: 'failed' });
    expect(await rig.state()).toMatchObject({
      attempt: undefined,
      budgets: { elsewhere: { failures: 0 } },
      failuresSinceSuccess: 1,
      lastFailureAt: rig.service.clock.now(),
    });
    const [failure] = (await records('sign-in')).slice(-1);
    expect(failure).toMatchObject({ outcome: 'failed', reason: 'credential-changed' });
  });

  it('is judged again when another one comes between', async () => {
    const { hasher } = rig.service;
    let isFirst = true;
    const racing = createPinAdministration({
      ...rig.service,
      hasher: hasherWith(hasher, {
        hash: async (pin, id) => {
          const wasFirst = isFirst;
          isFirst = false;
          if (wasFirst) await reset({ pin: NEW_PIN });
          return hasher.hash(pin, id);
        },
      }),
    });
    const late = await racing.reset(rig.mailbox.id, { pin: NEW_PIN }, BY_TEST);
    expect(late).toEqual({ kind: 'refused', refusal: { kind: 'used-before', lastPins: 5 } });
    expect((await rig.letters()).length).toBe(1);
  });

  it('is done although failed sign-ins come between', async () => {
    const { hasher } = rig.service;
    const hammered = createPinAdministration({
      ...rig.service,
      hasher: hasherWith(hasher, {
        hash: async (pin, id) => {
          await rig.wrong(4);
          return hasher.hash(pin, id);
        },
      }),
    });
    expect(await hammered.reset(rig.mailbox.id, { pin: NEW_PIN }, BY_TEST)).toMatchObject({ kind: 'reset' });
    expect((await rig.state()).budgets.elsewhere.failures).toBe(0);
  });

  it('decides again when somebody else writes at the same moment', async () => {
    const database = contendedDatabase(rig.service.database, 2);
    const contended = createPinAdministration({ ...rig.service, database });
    expect(await contended.reset(rig.mailbox.id, {}, BY_TEST)).toMatchObject({ kind: 'reset' });
    expect(database.left).toBe(0);
    expect(await rig.letters()).toHaveLength(1);
    expect((await rig.attempt(await rig.mailedPin())).kind).toBe('signed-in');
  });

  it('is stored whole or not at all, wherever the program dies', async () => {
    const ends = await noteEnds();
    const before = await rig.service.stored.rows();
    const deaths = await dieAtEachCall(
      rig.service.database,
      async (database) => {
        const dying = createPinAdministration({ ...rig.service, database });
        expect((await dying.reset(rig.mailbox.id, { notifyEmail: ELSEWHERE }, BY_TEST)).kind).toBe('reset');
      },
      async () => {
        expect(await rig.service.stored.rows()).toEqual(before);
        expect(ends).toEqual([]);
        expect(rig.service.mailsAnnounced()).toBe(0);
      },
    );
    expect(deaths).toBeGreaterThan(8);
    expect((await rig.attempt(await rig.mailedPin())).kind).toBe('signed-in');
  });
});
