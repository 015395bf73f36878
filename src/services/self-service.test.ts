import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Mailbox } from '../domain/mailbox.ts';
import {
  BY_TEST,
  createTestDialPlan,
  createTestService,
  provisionTestMailbox,
  type TestService,
} from '../testing/test-service.ts';
import { createPinAdministration } from './pin-administration-service.ts';
import type { OperatorAlert } from './ports/operator-alerts.ts';
import type { OutboxId } from './ports/outbox-store.ts';
import { SelfService } from './self-service.ts';
import { SignInLinks } from './sign-in-links.ts';
import { type BegunSession, startSessionPruning, WebSessions } from './web-sessions.ts';

const FROM = '192.0.2.1';

let service: TestService;
let mailbox: Mailbox;
let alerts: OperatorAlert[];

beforeEach(async () => {
  service = await createTestService();
  alerts = [];
  const provisioned = await provisionTestMailbox(service, await createTestDialPlan(service));
  if (provisioned.kind !== 'provisioned') throw new Error(`There is no mailbox: ${provisioned.kind}`);
  mailbox = provisioned.mailbox;
});
afterEach(() => service.dispose());

/** What users do at one of several instances. */
const instance = (changes: Partial<TestService> = {}): SelfService =>
  new SelfService({ ...service, alerts: { raise: (alert) => alerts.push(alert) }, ...changes });

async function recorded(action: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const records = await service.database.audit.from(1, 1_000);
  return records.map(({ entry }) => JSON.parse(entry)).filter((entry) => entry.action === action);
}

describe('a user', () => {
  it('has one reset at a time', async () => {
    const own = instance();
    const resets = await Promise.all(Array.from({ length: 10 }, () => own.resetPin(mailbox.id, FROM)));
    expect(resets.map(({ kind }) => kind).sort()).toEqual(['reset', ...Array(9).fill('too-many')]);
    expect((await own.resetPin(mailbox.id, FROM)).kind).toBe('reset');
  });

  it('has three resets an hour, however many instances are asked at once', async () => {
    const resets = await Promise.all(Array.from({ length: 6 }, () => instance().resetPin(mailbox.id, FROM)));
    expect(resets.filter(({ kind }) => kind === 'reset')).toHaveLength(3);
    expect(resets.filter(({ kind }) => kind === 'too-many')).toEqual(
      Array(3).fill({ kind: 'too-many', retryAfter: 3_600 }),
    );
    expect(await recorded('pin-reset')).toHaveLength(3);
  });

  it('is heard once an hour while the mailbox stays locked, and again when somebody has unlocked it', async () => {
    const own = instance();
    const reports = await Promise.all(Array.from({ length: 5 }, () => own.report(mailbox.id, FROM)));
    expect(reports).toEqual(Array(5).fill(true));
    const heard = async () => [alerts.length, (await recorded('mailbox-report')).length, warnings()];
    expect(await heard()).toEqual([1, 1, 1]);
    await service.clock.advance(3_600_000);
    await own.report(mailbox.id, FROM);
    await own.report(mailbox.id, FROM);
    expect(await heard()).toEqual([2, 2, 2]);
    await service.pinAdministration.unlock(mailbox.id, BY_TEST);
    await own.report(mailbox.id, FROM);
    expect(await heard()).toEqual([3, 3, 3]);
    expect((await recorded('mailbox-report')).map(({ details }) => details)).toEqual([
      { wasLockedOut: false },
      { wasLockedOut: true },
      { wasLockedOut: false },
    ]);
    expect(await recorded('lock')).toHaveLength(2);
    function warnings(): number {
      return service.log.lines.filter(({ message }) => message.startsWith('A user reports')).length;
    }
  });

  it('has no lock stored without the report', async () => {
    const { auditSealer } = service;
    const seal = (previous: string, text: string): string => {
      if (text.includes('mailbox-report')) throw new Error('The key is away');
      return auditSealer.seal(previous, text);
    };
    const parts = { ...service, auditSealer: { ...auditSealer, keyId: auditSealer.keyId, seal } };
    const own = instance({ ...parts, pinAdministration: createPinAdministration(parts) });
    await expect(own.report(mailbox.id, FROM)).rejects.toThrow('The key is away');
    expect((await service.pinAdministration.status(mailbox.id))?.lockedOut).toBe(false);
    expect(alerts).toEqual([]);
  });
});

describe('links that somebody asks for', () => {
  let reset: OutboxId;

  beforeEach(async () => {
    const done = await service.pinAdministration.reset(mailbox.id, {}, BY_TEST);
    reset = done.kind === 'reset' ? (done.mails[0]?.id ?? expect.fail()) : expect.fail(done.kind);
  });

  /** More than anybody looks through. */
  async function queueLinks(): Promise<OutboxId> {
    const { id: mailboxId, address, displayName, timeZone, clock } = mailbox;
    const toUser = { mailboxId, address, displayName, language: 'en-US', extension: '51234', accessNumbers: [] };
    const link = { linkId: 'a', origin: 'https://mailbox.example', expiresAt: 9, askedFrom: FROM, timeZone, clock };
    const letter = { ...toUser, ...link, kind: 'sign-in-link' } as const;
    const ids = Array.from({ length: 25 }, (_, number) => `link-${number}` as OutboxId);
    await service.database.transact(async ({ outbox }) => {
      for (const id of ids) await outbox.insert({ id, mailboxId, letter, pin: undefined, queuedAt: 1 });
    });
    return ids.at(-1) ?? expect.fail();
  }

  async function seen() {
    const problems = await service.mailboxAdministration.list({ mailProblem: true }, { after: undefined, limit: 5 });
    return {
      problems: problems.items.length,
      refused: (await service.database.outbox.backlog()).refused,
      status: (await service.pinAdministration.status(mailbox.id))?.mail?.id,
      details: (await service.mailboxAdministration.get(mailbox.id))?.mail?.id,
      own: (await instance().look(mailbox.id))?.mail?.state,
    };
  }

  it.each(['refused', 'expired'] as const)('do not hide that the mail with the PIN is %s', async (state) => {
    const { outbox } = service.database;
    if (state === 'refused') await outbox.refuse(reset, 1, 'No');
    else await outbox.expire(Number.MAX_SAFE_INTEGER, 1);
    await queueLinks();
    const refused = state === 'refused' ? 1 : 0;
    expect(await seen()).toEqual({ problems: 1, refused, status: reset, details: reset, own: state });
  });

  it.each(['refused', 'waiting', 'expired'] as const)('are no problem of the mailbox when %s', async (state) => {
    const { outbox } = service.database;
    await outbox.delivered(reset, 1);
    const last = await queueLinks();
    if (state === 'refused') await outbox.refuse(last, 1, 'No');
    if (state === 'waiting') await outbox.postpone(last, 2, 'Not now');
    if (state === 'expired') await outbox.expire(2, 1);
    expect(await seen()).toEqual({ problems: 0, refused: 0, status: reset, details: reset, own: 'delivered' });
  });
});

describe('a user who is signed in, or about to be', () => {
  let links: SignInLinks;
  let sessions: WebSessions;
  let user: BegunSession;
  const begin = () => {
    const common = { roles: [], signedInBy: 'link', tokenId: undefined, expiresAt: undefined } as const;
    const who = { ...common, person: `mailbox ${mailbox.id}`, name: mailbox.address, mailboxId: mailbox.id };
    return sessions.begin(who, FROM);
  };

  beforeEach(async () => {
    links = new SignInLinks(service);
    sessions = new WebSessions(service);
    const begun = await begin();
    user = begun.kind === 'begun' ? begun : expect.fail(begun.kind);
    links.ask(mailbox.address, FROM, 'https://mailbox.example');
    await links.idle();
  });

  async function newestLink() {
    const { letter, state } = (await service.letters(mailbox.id))[0] ?? expect.fail();
    const linkId = letter.kind === 'sign-in-link' ? letter.linkId : expect.fail(letter.kind);
    return { state, token: service.webSecrets.linkToken(linkId) };
  }

  it('is so no longer once the mailbox has another address', async () => {
    const { token } = await newestLink();
    const changes = { address: 'other@contoso.com' };
    const changed = await service.mailboxAdministration.change(mailbox.id, changes, BY_TEST, undefined);
    expect(changed.kind).toBe('changed');
    expect(await sessions.look(user.secret)).toBeUndefined();
    expect(await links.use(token)).toBeUndefined();
    expect((await newestLink()).state).toBe('superseded');
    expect(await recorded('web-sign-out')).toMatchObject([
      { actor: BY_TEST.actor, mailboxId: mailbox.id, details: { sessions: 1 } },
    ]);
  });

  it('stays so when anything else of the mailbox changes', async () => {
    const changes = { displayName: 'Tony Smith-Jones' };
    await service.mailboxAdministration.change(mailbox.id, changes, BY_TEST, undefined);
    expect(await sessions.look(user.secret)).toBeDefined();
    const { state, token } = await newestLink();
    expect([state, (await links.use(token))?.id]).toEqual(['waiting', mailbox.id]);
    expect(await recorded('web-sign-out')).toEqual([]);
  });

  it('is signed in to no mailbox whose address has changed on the way', async () => {
    await service.mailboxAdministration.change(mailbox.id, { address: 'other@contoso.com' }, BY_TEST, undefined);
    expect(await begin()).toEqual({ kind: 'no-such-mailbox' });
    expect(await recorded('web-sign-in')).toHaveLength(1);
  });

  it('signs in thirty times an hour, whether or not the sessions go on', async () => {
    for (let count = 1; count < 30; count++) expect((await begin()).kind).toBe('begun');
    await service.clock.advance(600_000);
    await sessions.endOf({ person: `mailbox ${mailbox.id}` }, BY_TEST, false);
    const stop = await startSessionPruning(service);
    expect(await begin()).toEqual({ kind: 'too-many', retryAfter: 3_000 });
    expect(await recorded('web-sign-in')).toHaveLength(30);
    await service.clock.advance(3_000_000);
    expect((await begin()).kind).toBe('begun');
    stop();
  });

  it('is mailed no link once the mailbox is disabled', async () => {
    await service.mailboxAdministration.disable(mailbox.id, BY_TEST, undefined);
    expect((await newestLink()).state).toBe('superseded');
  });
});
