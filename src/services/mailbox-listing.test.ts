import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeCauses } from '../domain/forced-change.ts';
import { releaseTimedLock } from '../domain/lockout.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import type { MailboxPolicy } from '../domain/mailbox-policy.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { BY_TEST, createTestDialPlan, createTestService, type TestService } from '../testing/test-service.ts';
import type { MailboxDetails, MailboxFilter } from './mailbox-administration.ts';
import type { OutboxId, OutboxMail } from './ports/outbox-store.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const NAMES = ['Anna Dvořák', 'Zoë', 'Tony Smith', 'Tony Jones', '100% _Sales_', 'ÅSA', 'straße\\'];

describe.each([DEFAULT_KIND])('a list of mailboxes on $name', (kind) => {
  let service: TestService;
  const policies: MailboxPolicy[] = [];
  const ids: MailboxId[] = [];

  /** So many that some of everything there can be are among them. */
  const COUNT = 60;

  beforeAll(async () => {
    service = await createTestService({ kind });
    const plans = [await createTestDialPlan(service), await createTestDialPlan(service, 'Other', '8000')];
    for (const { policy } of plans) policies.push(policy);
    await service.directory.changePolicy(policies[0]?.id ?? expect.fail(), { lockoutDuration: 30 }, BY_TEST);
    await service.directory.changePolicy(policies[1]?.id ?? expect.fail(), { pinLifetime: 0 }, BY_TEST);
    for (const [index, { id }] of policies.entries()) {
      policies[index] = (await service.database.policies.byId(id)) ?? expect.fail();
    }
    for (let number = 0; number < COUNT; number++) await provision(number);
  }, 120_000);

  afterAll(() => service.dispose());

  async function provision(number: number): Promise<void> {
    const { id: policy } = policies[number % 2] ?? expect.fail();
    const made = await service.directory.provisionMailbox(
      policy,
      {
        // In an order that is not that of their making.
        address: `${number % 3 === 0 ? 'User' : 'user'}${(number * 37) % COUNT}@contoso.com`,
        displayName: NAMES[number % NAMES.length] ?? 'Nobody',
        extensions: [`${50_000 + number * 13}`, `${60_000 + number}`],
        pin: { kind: 'generated' },
      },
      BY_TEST,
    );
    if (made.kind !== 'provisioned') return expect.fail(made.kind);
    ids.push(made.mailbox.id);
    await putState(made.mailbox.id, number);
    await settle(made.mails[0]?.id ?? expect.fail(), number % 7);
    if (number % 5 === 0) await service.pinAdministration.reset(made.mailbox.id, {}, BY_TEST);
  }

  /** Every kind of lock and age, each at the moment at which something becomes of it, and around it. */
  async function putState(mailbox: MailboxId, number: number): Promise<void> {
    const read = (await service.database.credentials.byMailbox(mailbox)) ?? expect.fail();
    const now = service.clock.now();
    const around = ((number >> 2) % 3) - 1;
    const reason = number % 4 === 1 ? 'administrator' : 'failures';
    const since = now - 30 * MINUTE + around;
    await service.database.credentials.replace(read, {
      ...read.state,
      lock: number % 4 === 0 ? undefined : { reason, scope: number % 3 === 0 ? 'elsewhere' : 'everywhere', since },
      pinSetAt: now - 60 * DAY + around,
      pinExpired: number % 6 === 0,
      firstTime: number % 3 === 0,
    });
  }

  async function settle(mail: OutboxId, how: number): Promise<void> {
    const { outbox } = service.database;
    if (how === 1) await outbox.delivered(mail, 1);
    if (how === 2) await outbox.refuse(mail, 1, 'No');
    if (how === 3) await outbox.postpone(mail, 1, 'Not now');
    if (how === 4) {
      await service.stored.run(`update outbox set state = 'expired', sealed_pin = null, sealed_pin_key_id = null
        where id = '${mail}'`);
    }
  }

  /** Everything, as it is listed by looking at each mailbox alone. */
  async function all(): Promise<readonly MailboxDetails[]> {
    const found = await Promise.all(ids.map((id) => service.mailboxAdministration.get(id)));
    const there = found.filter((one) => one !== undefined);
    return there.toSorted((one, other) =>
      one.mailbox.address.toLowerCase() < other.mailbox.address.toLowerCase() ? -1 : 1,
    );
  }

  async function list(filter: MailboxFilter, limit: number): Promise<readonly MailboxDetails[]> {
    const items: MailboxDetails[] = [];
    for (let after: string | undefined; ; ) {
      const page = await service.mailboxAdministration.list(filter, {
        limit,
        ...(after === undefined ? {} : { after }),
      });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      items.push(...page.items);
      if (page.next === undefined) return items;
      expect(page.items).toHaveLength(limit);
      after = page.next;
    }
  }

  const fold = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();

  const mailsOf = (id: MailboxId): Promise<readonly OutboxMail[]> => service.database.outbox.ofMailbox(id, 100);

  function hasProblem(mails: readonly OutboxMail[]): boolean {
    const isOpen = ({ state, lastError }: OutboxMail) =>
      state === 'refused' || (state === 'waiting' && lastError !== undefined);
    return mails.some(isOpen) || mails[0]?.state === 'expired';
  }

  /** What a filter is to let pass, said plainly. */
  async function passes({ mailbox, ...details }: MailboxDetails, filter: MailboxFilter): Promise<boolean> {
    const is = (wanted: boolean | undefined, value: boolean): boolean => wanted === undefined || wanted === value;
    const texts = [mailbox.displayName, mailbox.address, mailbox.alias].map(fold);
    const search = fold(filter.search ?? '');
    return (
      (texts.some((text) => text.includes(search)) ||
        (/^\d+$/.test(search) && mailbox.extensions.some((one) => one.startsWith(search)))) &&
      is(filter.locked, details.lockedOut) &&
      is(filter.pinExpired, details.pinExpired) &&
      is(filter.firstTime, details.firstTimeUser) &&
      is(filter.mailProblem, hasProblem(await mailsOf(mailbox.id))) &&
      (filter.policy ?? mailbox.policyId) === mailbox.policyId &&
      (filter.dialPlan ?? mailbox.dialPlanId) === mailbox.dialPlanId
    );
  }

  it('has what the states are that the rules of sign-in find', async () => {
    const now = service.clock.now();
    for (const { mailbox, lockedOut, pinExpired } of await all()) {
      const policy = policies.find(({ id }) => id === mailbox.policyId) ?? expect.fail();
      const { state } = (await service.database.credentials.byMailbox(mailbox.id)) ?? expect.fail();
      expect(lockedOut).toBe(releaseTimedLock(state, policy, now).lock !== undefined);
      const causes = changeCauses(state, policy, 24, now);
      expect(pinExpired).toBe(causes.some((cause) => cause === 'pin-expired' || cause === 'lifetime'));
    }
  });

  it('has, for any filter and in parts of any size, exactly what the filter lets pass, in order', async () => {
    const everything = await all();
    const search = fc.oneof(
      fc.constantFrom(
        'dvorak',
        'DVOŘÁK',
        'zoe',
        'tony',
        'TONY S',
        '%',
        '_',
        '\\',
        'user1',
        '@',
        '50',
        '6000',
        '99',
        'asa',
        ' ',
      ),
      fc.string({ maxLength: 3 }),
    );
    const flag = fc.boolean();
    const filters = fc.record(
      {
        search,
        locked: flag,
        pinExpired: flag,
        firstTime: flag,
        mailProblem: flag,
        policy: fc.constantFrom(...policies.map(({ id }) => id)),
        dialPlan: fc.constantFrom(...policies.map(({ dialPlanId }) => dialPlanId)),
      },
      { requiredKeys: [] },
    );
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(1, 7, 200), async (filter, limit) => {
        const expected: MailboxDetails[] = [];
        for (const one of everything) if (await passes(one, filter)) expected.push(one);
        expect(await list(filter, limit)).toEqual(expected);
        seen.add(expected.length);
      }),
      { numRuns: 150 },
    );
    expect(seen.size).toBeGreaterThan(5);
    const lonely = [{ locked: true }, { pinExpired: true }, { firstTime: true }, { mailProblem: true }];
    for (const filter of lonely) {
      const count = (await list(filter, 200)).length;
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThan(COUNT);
    }
  });

  it('takes no search that is longer than anything', async () => {
    expect(await list({ search: '%'.repeat(60_000) }, 5)).toEqual([]);
  });

  it('goes on where it was left, whatever has come and gone meanwhile', async () => {
    const everything = (await all()).map(({ mailbox }) => mailbox.address);
    const first = await service.mailboxAdministration.list({}, { limit: 10 });
    const after = first.next ?? expect.fail();
    const gone = [first.items[9], first.items[3]].map((one) => one?.mailbox.id ?? expect.fail());
    const readdress = (mailbox: MailboxId, address: string) =>
      service.mailboxAdministration.change(mailbox, { address }, BY_TEST);
    await readdress(gone[0] ?? expect.fail(), '0@contoso.com');
    await service.mailboxAdministration.disable(gone[1] ?? expect.fail(), BY_TEST);
    const second = await service.mailboxAdministration.list({}, { after, limit: 10 });
    expect(second.items.map(({ mailbox }) => mailbox.address)).toEqual(everything.slice(10, 20));
  });
});
