import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { createSignInRig, hasherWith, PIN, type SignInRig } from '../testing/sign-in-rig.ts';
import { BY_TEST } from '../testing/test-service.ts';
import type { PinAdministration, PinResetRequest, PinResetResult } from './pin-administration.ts';
import { createPinAdministration } from './pin-administration-service.ts';

const NEW_PIN = '407193';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe.each(DATABASE_KINDS)('a typed PIN that was used before, on $name', (kind) => {
  let rig: SignInRig;
  let administration: PinAdministration;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
    administration = createPinAdministration(rig.service);
  });

  afterEach(() => rig.dispose());

  const reset = (request: PinResetRequest = {}): Promise<PinResetResult> =>
    administration.reset(rig.mailbox.id, request, BY_TEST);

  const records = async (action: string) => (await rig.audited()).filter((record) => record.action === action);

  const USED: PinResetResult = { kind: 'refused', refusal: { kind: 'used-before', lastPins: 5 } };
  const USED_UP: PinResetResult = { kind: 'history-attempts-used-up' };
  /** Typed in vain by somebody who looks for the PINs of a user. */
  const refuse = (): Promise<PinResetResult> => reset({ pin: PIN });

  it('is told three times; then none is taken any more, whichever it is', async () => {
    const before = await rig.credential();
    for (let time = 0; time < 3; time++) expect(await refuse()).toEqual(USED);
    expect(await refuse()).toEqual(USED_UP);
    expect(await reset({ pin: NEW_PIN })).toEqual(USED_UP);
    expect(await reset({ pin: '111111' })).toMatchObject({ kind: 'refused', refusal: { kind: 'common-pattern' } });
    expect(await rig.credential()).toEqual(before);
    expect(await records('pin-reset')).toEqual(
      ['used-before', 'used-before', 'used-before', 'history-attempts-used-up', 'history-attempts-used-up'].map(
        (reason) => ({ action: 'pin-reset', outcome: 'refused', ...BY_TEST, mailboxId: rig.mailbox.id, reason }),
      ),
    );
    const warnings = rig.service.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ fields }) => fields)).toEqual([
      { event: 'typed-pin-refused', mailbox: rig.mailbox.id },
      { event: 'typed-pin-refused', mailbox: rig.mailbox.id },
    ]);
  });

  it('keeps nobody from having one generated, which is not among the last either', async () => {
    for (let time = 0; time < 4; time++) await refuse();
    expect(await reset()).toMatchObject({ kind: 'reset' });
    // That the PIN is another one now does not begin the count anew: the former ones are still its user's.
    expect(await refuse()).toEqual(USED_UP);
  });

  it('is taken again a day after each, whatever the date, and not sooner', async () => {
    const { clock } = rig.service;
    const began = clock.now();
    await refuse();
    clock.setNow(began + 23 * 60 * MINUTE);
    await refuse();
    await refuse();
    expect(await refuse()).toEqual(USED_UP);
    clock.setNow(began + DAY - 1);
    expect(await refuse()).toEqual(USED_UP);
    clock.setNow(began + DAY);
    expect(await refuse()).toEqual(USED);
    expect(await reset({ pin: NEW_PIN })).toEqual(USED_UP);
    clock.setNow(began + 3 * DAY);
    expect(await reset({ pin: NEW_PIN })).toMatchObject({ kind: 'reset' });
  });

  it('is not taken any sooner because the clock is set back', async () => {
    for (let time = 0; time < 3; time++) await refuse();
    rig.service.clock.setNow(rig.service.clock.now() - 10 * DAY);
    expect(await refuse()).toEqual(USED_UP);
  });

  it('is counted across a restart', async () => {
    for (let time = 0; time < 3; time++) await refuse();
    const database = await rig.service.stored.reopen();
    const restarted = createPinAdministration({ ...rig.service, database });
    expect(await restarted.reset(rig.mailbox.id, { pin: NEW_PIN }, BY_TEST)).toEqual(USED_UP);
  });

  it('is told three times of many that are asked at the same moment', async () => {
    const asked = await Promise.all(Array.from({ length: 12 }, refuse));
    expect(asked.filter(({ kind: came }) => came === 'refused')).toEqual([USED, USED, USED]);
    expect(asked.filter(({ kind: came }) => came === 'history-attempts-used-up')).toHaveLength(9);
    expect(await records('pin-reset')).toHaveLength(12);
  });

  it('lets one through that was compared before the last refusal, or none: never one after it', async () => {
    const { hasher } = rig.service;
    const late = createPinAdministration({
      ...rig.service,
      hasher: hasherWith(hasher, {
        hash: async (pin, id) => {
          for (let time = 0; time < 3; time++) await refuse();
          return hasher.hash(pin, id);
        },
      }),
    });
    const before = await rig.credential();
    expect(await late.reset(rig.mailbox.id, { pin: NEW_PIN }, BY_TEST)).toEqual(USED_UP);
    expect(await rig.credential()).toEqual(before);
  });
});
