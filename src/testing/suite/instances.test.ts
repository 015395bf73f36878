import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyAudit } from '../../services/audit-verification.ts';
import { type Instances, prepareInstances } from '../instances.ts';
import { BY_STOCK, type StockedMailbox } from '../mailbox-stock.ts';
import type { Call } from '../phone/call.ts';
import { Phone } from '../phone/phone.ts';
import type { ServiceProcess } from '../service-process.ts';
import { keyFast } from './callers.ts';

const MINUTE = 60_000;

/** Calls at the same time, each with one wrong PIN. */
const GUESSES = 50;

/** How long a caller may have to wait on a machine on which everything runs at once, in milliseconds. */
const PATIENT = { within: 30_000 };

describe('three instances on one database and one pair of engines, whose clocks are minutes apart', () => {
  let instances: Instances;
  let services: readonly ServiceProcess[];
  let phone: Phone;

  beforeAll(async () => {
    instances = await prepareInstances();
    vi.stubEnv('TEST_SIP_TARGET', instances.target);
    services = await Promise.all([0, 4 * MINUTE, -4 * MINUTE].map((ahead) => instances.start(ahead)));
  }, 180_000);

  afterAll(async () => {
    await instances[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
  }, 60_000);

  beforeEach(async () => {
    phone = await Phone.create();
  });

  afterEach(() => phone.close());

  async function dial({ extension }: Pick<StockedMailbox, 'extension'>): Promise<Call> {
    const call = await phone.call(`sip:5000@${instances.target}`);
    await call.heard('welcome', PATIENT);
    await keyFast(call, extension);
    return call;
  }

  async function signIn(mailbox: StockedMailbox): Promise<Call> {
    const call = await dial(mailbox);
    await keyFast(call, `${mailbox.pin}#`);
    await call.heard('signed-in', PATIENT);
    return call;
  }

  /** Three calls that are signed in, one at each of three instances. */
  async function signInAtEach(mailbox: StockedMailbox): Promise<readonly Call[]> {
    const calls: Call[] = [];
    for (let number = 0; number < 3; number++) calls.push(await signIn(mailbox));
    return calls;
  }

  async function isAlive(call: Call): Promise<void> {
    const heard = call.prompts.length;
    await call.press('0');
    await call.heard('main-menu', PATIENT);
    expect(call.prompts.length).toBeGreaterThanOrEqual(heard);
  }

  /** What became of all guesses at a mailbox, once all are decided. */
  async function outcomesAt({ id }: StockedMailbox): Promise<readonly unknown[]> {
    const deadline = performance.now() + 60_000;
    for (;;) {
      const { found } = await instances.core.database.audit.find(
        { mailbox: id, action: 'sign-in' },
        undefined,
        100,
        500,
      );
      if (found.length >= GUESSES) return found.map(({ entry }) => (JSON.parse(entry) as { outcome: unknown }).outcome);
      if (performance.now() > deadline) throw new Error(`Only ${found.length} guesses are decided`);
      await sleep(100);
    }
  }

  const endedAt = (service: ServiceProcess, outcome?: string): number =>
    service.lines.filter((line) => line.msg === 'Call ended' && (outcome === undefined || line.outcome === outcome))
      .length;

  it('have started at the same moment, with one directory, one access token and one welcome mail', async () => {
    const saying = (words: string): number =>
      services.flatMap(({ lines }) => lines).filter(({ msg }) => msg.includes(words)).length;
    await instances.smtp.received(1);
    expect(instances.smtp.mails.map(({ to }) => to)).toEqual([['tonysmith@contoso.com']]);
    expect(await instances.core.accessTokens.list(undefined, 10)).toHaveLength(1);
    expect(saying('differs from that of this machine')).toBe(2);
  });

  it('get the calls in turn', async () => {
    const before = services.map((service) => endedAt(service));
    const mailbox = await instances.stock.add();
    for (let round = 0; round < 2; round++) {
      const calls = await signInAtEach(mailbox);
      await Promise.all(calls.map((call) => call.hangUp()));
    }
    for (const [number, service] of services.entries()) {
      const wanted = (before[number] ?? 0) + 2;
      await service.linesThat('ends of calls', wanted, ({ msg }) => msg === 'Call ended', 10_000);
      expect(endedAt(service)).toBe(wanted);
    }
  });

  it('check no more of fifty guesses at once than the policy allows, reset twice and lock once', async () => {
    const mailbox = await instances.stock.add();
    const { core, smtp } = instances;
    const before = smtp.mails.length;
    await using callers = await Phone.create({ prompts: 'none' });
    const calls = await Promise.all(
      Array.from({ length: GUESSES }, async () => {
        const call = await callers.call(`sip:5000@${instances.target}`);
        await keyFast(call, `${mailbox.extension}#${mailbox.wrongPin}#`);
        return call;
      }),
    );
    const outcomes = await outcomesAt(mailbox);
    await Promise.all(calls.map((call) => call.hangUp()));
    expect(outcomes.toSorted()).toEqual([...Array(15).fill('failed'), ...Array(GUESSES - 15).fill('locked')]);
    const credential = await core.database.credentials.byMailbox(mailbox.id);
    expect(credential?.state).toMatchObject({ failuresSinceSuccess: 15, lock: { reason: 'failures' } });
    expect(credential?.state.budgets.elsewhere.failures).toBe(15);
    const letters = await core.database.outbox.ofMailbox(mailbox.id, 10);
    expect(letters.map(({ letter }) => letter.kind).toSorted()).toEqual(['lockout', 'pin-reset', 'pin-reset']);
    await smtp.received(before + letters.filter(({ state }) => state !== 'superseded').length);
    const ids = smtp.mails.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await verifyAudit(core.database, core.auditSealer)).toMatchObject({ kind: 'intact' });
  }, 120_000);

  it('end the calls of a mailbox that is locked through another one', async () => {
    const mailbox = await instances.stock.add();
    const calls = await signInAtEach(mailbox);
    await instances.core.pinAdministration.lock(mailbox.id, BY_STOCK);
    for (const call of calls) expect(await call.hasEnded(PATIENT.within)).toMatchObject({ kind: 'far-side-hung-up' });
    const again = await dial(mailbox);
    await keyFast(again, `${mailbox.pin}#`);
    await again.heard('mailbox-locked', PATIENT);
    await again.hangUp();
  }, 120_000);

  it('lose no call when one is killed but its own, and none when another is stopped for the next version', async () => {
    const mailbox = await instances.stock.add();
    const [killed, stopped] = services;
    if (killed === undefined || stopped === undefined) throw new Error('There are three');
    const calls = await signInAtEach(mailbox);
    const ends = calls.map((call) => call.hasEnded(120_000).then(() => call));
    killed.signal('SIGKILL');
    const lost = await Promise.race(ends);
    const left = calls.filter((call) => call !== lost);
    for (const call of left) await isAlive(call);
    await instances.start(0);
    stopped.signal('SIGTERM');
    await stopped.line('Draining: no new calls; a second signal stops now', 10_000);
    // Whoever calls now gets one of the others, and who was in a call stays in it.
    const others = await Promise.all(Array.from({ length: 4 }, () => signIn(mailbox)));
    for (const call of [...left, ...others]) await isAlive(call);
    await Promise.all([...left, ...others].map((call) => call.hangUp()));
    expect((await stopped.exited).code).toBe(0);
    expect(stopped.lines.find(({ msg }) => msg === 'Drained')).toMatchObject({ ended: 0 });
  }, 180_000);
});
