import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { createSignInRig, PIN, type SignInRig } from '../testing/sign-in-rig.ts';
import { BY_TEST, type TestService } from '../testing/test-service.ts';
import type { OutboxId } from './ports/outbox-store.ts';

type Administration = TestService['rehearsal'];

/** One thing that an administrator asks for. */
interface Operation {
  readonly name: string;
  readonly ask: (administration: Administration, rig: SignInRig) => Promise<unknown>;
}

const NEW_PIN = '407193';
const NOBODY = 'nobody' as MailboxId;

const ANNA = { address: 'anna@contoso.com', displayName: 'Anna', extensions: ['52000'] } as const;

const refusedMail = async (rig: SignInRig): Promise<OutboxId> => (await rig.letters())[0]?.id ?? expect.fail();

const operation = (name: string, ask: Operation['ask']): Operation => ({ name, ask });

/** Everything that is changed, as it goes well and as it is refused. */
const OPERATIONS: readonly Operation[] = [
  ...[{}, { pin: NEW_PIN }, { pin: '12' }, { sendEmail: false }, { notifyEmail: 'a@b.example', lockedOut: true }].map(
    (request) =>
      operation(`reset ${JSON.stringify(request)}`, ({ pinAdministration }, { mailbox }) =>
        pinAdministration.reset(mailbox.id, request, BY_TEST),
      ),
  ),
  operation('reset nobody', ({ pinAdministration }) => pinAdministration.reset(NOBODY, {}, BY_TEST)),
  operation('lock', ({ pinAdministration }, { mailbox }) => pinAdministration.lock(mailbox.id, BY_TEST)),
  operation('unlock', ({ pinAdministration }, { mailbox }) => pinAdministration.unlock(mailbox.id, BY_TEST)),
  ...[{ displayName: 'T' }, { subscriberAccess: false }, { extensions: ['1'] as const }].map((changes) =>
    operation(`change ${JSON.stringify(changes)}`, ({ mailboxAdministration }, { mailbox }) =>
      mailboxAdministration.change(mailbox.id, changes, BY_TEST, 1),
    ),
  ),
  operation('change another revision', ({ mailboxAdministration }, { mailbox }) =>
    mailboxAdministration.change(mailbox.id, {}, BY_TEST, 5),
  ),
  operation('disable', ({ mailboxAdministration }, { mailbox }) => mailboxAdministration.disable(mailbox.id, BY_TEST)),
  operation('retry a mail', async ({ mailboxAdministration }, rig) =>
    mailboxAdministration.retryMail(rig.mailbox.id, await refusedMail(rig), BY_TEST),
  ),
  operation('enable', ({ directory }, { plan }) =>
    directory.provisionMailbox(plan.policy.id, { ...ANNA, pin: { kind: 'generated', notifyEmail: 'a@b' } }, BY_TEST),
  ),
  operation('enable what is there', ({ directory }, { plan, mailbox }) =>
    directory.provisionMailbox(
      plan.policy.id,
      { ...ANNA, extensions: mailbox.extensions, pin: { kind: 'typed', pin: NEW_PIN, mail: true } },
      BY_TEST,
    ),
  ),
  operation('make a dial plan', ({ directory }) =>
    directory.createDialPlan({ name: 'Other', extensionDigits: 4, accessNumbers: ['9000'] }, BY_TEST),
  ),
  operation('change a dial plan', ({ directory }, { plan }) =>
    directory.changeDialPlan(plan.dialPlan.id, { name: 'Inside', maxCallDuration: 60 }, BY_TEST, 1),
  ),
  operation('remove a dial plan in use', ({ directory }, { plan }) =>
    directory.removeDialPlan(plan.dialPlan.id, BY_TEST),
  ),
  operation('make a policy', ({ directory }, { plan }) =>
    directory.createPolicy({ name: 'Strict', dialPlanId: plan.dialPlan.id, minPinLength: 9 }, BY_TEST),
  ),
  operation('change a policy', ({ directory }, { plan }) =>
    directory.changePolicy(plan.policy.id, { minPinLength: 9 }, BY_TEST, 1),
  ),
  operation('refuse a policy', ({ directory }, { plan }) =>
    directory.changePolicy(plan.policy.id, { minPinLength: 3 }, BY_TEST),
  ),
  operation('remove a policy', async ({ directory }) =>
    directory.removePolicy((await directory.policy('Spare'))?.policy.id ?? expect.fail(), BY_TEST),
  ),
];

/** What is made anew each time: ids, in the order in which they come. */
function withoutIds(value: unknown, known: string): string {
  const text = JSON.stringify(value, (_key, one: unknown) => (one === undefined ? 'undefined' : one));
  return text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => (known.includes(id) ? id : 'id'));
}

describe.each([DEFAULT_KIND])('a rehearsal on $name', (kind) => {
  let rig: SignInRig;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
    const { service, plan, mailbox } = rig;
    await service.directory.createPolicy({ name: 'Spare', dialPlanId: plan.dialPlan.id }, BY_TEST);
    await rig.wrong(2);
    await service.pinAdministration.reset(mailbox.id, { pin: '5550199', notifyEmail: 'desk@contoso.com' }, BY_TEST);
    await service.database.outbox.refuse((await rig.letters())[0]?.id ?? expect.fail(), 1, 'No');
    await service.pinAdministration.lock(mailbox.id, BY_TEST);
  });

  afterEach(() => rig.dispose());

  const stored = async (): Promise<string> => JSON.stringify(await rig.service.stored.rows());

  it.each(OPERATIONS.map(({ name, ask }) => [name, ask] as const))(
    'answers what is then answered, and leaves nothing behind: %s',
    async (_name, ask) => {
      const { service } = rig;
      const before = await stored();
      const [lines, announced] = [service.log.lines.length, service.mailsAnnounced()];
      const rehearsed = await ask(service.rehearsal, rig);
      expect(await stored()).toBe(before);
      expect([service.log.lines.length, service.mailsAnnounced()]).toEqual([lines, announced]);
      expect(withoutIds(rehearsed, before)).toBe(withoutIds(await ask(service, rig), before));
    },
  );

  it('of anything, in any order, leaves nothing behind', async () => {
    const before = await stored();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...OPERATIONS), { minLength: 1, maxLength: 4 }), async (operations) => {
        await Promise.all(operations.map(({ ask }) => ask(rig.service.rehearsal, rig)));
        expect(await stored()).toBe(before);
      }),
      { numRuns: 25 },
    );
  });

  it('ends no call, and says nothing of PINs that were used before, however often it is asked', async () => {
    const { service, mailbox } = rig;
    await service.pinAdministration.unlock(mailbox.id, BY_TEST);
    const verdict = await rig.attempt('5550199');
    if (verdict.kind !== 'signed-in') return expect.fail(verdict.kind);
    verdict.session.onEnd((why) => expect.fail(`The call is ended: ${why}`));
    const before = await stored();
    const { pinAdministration, mailboxAdministration } = service.rehearsal;
    for (const pin of [PIN, '5550199', NEW_PIN, PIN, PIN]) {
      expect(await pinAdministration.reset(mailbox.id, { pin }, BY_TEST)).toMatchObject({ kind: 'reset' });
    }
    await mailboxAdministration.disable(mailbox.id, BY_TEST);
    expect(await stored()).toBe(before);
    expect((await service.pinAdministration.reset(mailbox.id, { pin: PIN }, BY_TEST)).kind).toBe('refused');
  });

  it('stores nothing by a store alone either, and throws what is thrown', async () => {
    const before = await stored();
    const { directory } = rig.service.rehearsal;
    expect(await directory.policiesOf(rig.plan.dialPlan.id)).toHaveLength(2);
    await directory.ensureDemoDirectory();
    expect(await stored()).toBe(before);
    await rig.service.database.close();
    await expect(directory.dialPlans()).rejects.toThrow();
  });
});
