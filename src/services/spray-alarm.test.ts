import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialId } from '../domain/credential.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { CapturedMeter } from '../testing/captured-meter.ts';
import { FakeClock } from '../testing/clock.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import {
  createSignInRig,
  EXTENSION,
  OWNER,
  PIN,
  type SignInRig,
  STRANGER,
  UNKNOWN,
  wrongPin,
} from '../testing/sign-in-rig.ts';
import { provisionTestMailbox } from '../testing/test-service.ts';
import type { OperatorAlert } from './ports/operator-alerts.ts';
import type { SignIn, SignInSource } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';
import { failureSource } from './source-key.ts';
import { SprayAlarm, type SprayLimits } from './spray-alarm.ts';

const MINUTE = 60_000;
const LIMITS: SprayLimits = { mailboxes: 3, minutes: 10 };

const credential = (number: number): CredentialId => `credential-${number}` as CredentialId;
const stranger = (peer: string) => failureSource({ ...STRANGER, peer });

function makeAlarm(most?: number) {
  const clock = new FakeClock();
  const log = new CapturedLog();
  const meter = new CapturedMeter();
  const raised: OperatorAlert[] = [];
  const alerts = { raise: (alert: OperatorAlert) => void raised.push(alert) };
  const alarm = new SprayAlarm({ clock, log, meter, alerts }, LIMITS, most);
  return { clock, log, meter, raised, alarm };
}

describe('the spray alarm', () => {
  const source = stranger('192.0.2.7');

  it('is raised by failures at so many mailboxes, and says from where', () => {
    const { alarm, clock, log, meter, raised } = makeAlarm();
    for (const number of [1, 2]) alarm.failed(source, credential(number));
    expect(raised).toEqual([]);
    alarm.failed(source, credential(3));
    expect(raised).toEqual([
      { kind: 'spray', at: clock.now(), source: { kind: 'address', name: '192.0.2.7' }, mailboxes: 3, minutes: 10 },
    ]);
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { event: 'spray', source: 'address 192.0.2.7' } }]);
    expect(meter.counted('spray-alarm', 'address')).toBe(1);
  });

  it('is not raised by many failures at few mailboxes, nor from several sources, nor by those of long ago', async () => {
    const { alarm, clock, raised } = makeAlarm();
    for (let time = 0; time < 50; time++) alarm.failed(source, credential(time % 2));
    for (let number = 0; number < 50; number++) alarm.failed(stranger(`192.0.2.${number + 10}`), credential(number));
    await clock.advance(5 * MINUTE);
    for (let number = 2; number < 20; number++) {
      await clock.advance(5 * MINUTE);
      alarm.failed(source, credential(number));
    }
    expect(raised).toEqual([]);
  });

  it('is raised once in that time, and again when it goes on', async () => {
    const { alarm, clock, log, raised } = makeAlarm();
    for (let minute = 0; minute < 25; minute++) {
      for (const number of [0, 1, 2]) alarm.failed(source, credential(3 * minute + number));
      await clock.advance(MINUTE);
    }
    const [first = 0] = raised.map(({ at }) => at);
    expect(raised.map(({ at }) => at - first)).toEqual([0, 10 * MINUTE, 20 * MINUTE]);
    expect(log.lines).toHaveLength(3);
  });

  it('takes the addresses of an IPv6 subnet for one source', () => {
    const { alarm, raised } = makeAlarm();
    for (const number of [1, 2, 3]) alarm.failed(stranger(`2001:db8:1:2::${number}`), credential(number));
    expect(raised).toMatchObject([{ source: { kind: 'address', name: '2001:db8:1:2::/64' } }]);
  });

  it('remembers only so many failures, and goes on to notice a source among a million others', () => {
    const { alarm, raised } = makeAlarm(1_000);
    for (let number = 0; number < 1_000_000; number++) {
      const subnet = `2001:db8:${(number >> 16).toString(16)}:${(number & 0xffff).toString(16)}::1`;
      alarm.failed({ kind: 'address', name: subnet, key: `address ${subnet}`, mayBeRefused: true }, credential(number));
      if (number % 500_000 < 2) alarm.failed(source, credential(number));
      // The third one of the source comes before a thousand others have pushed out the first two.
      if (number === 900) alarm.failed(source, credential(number));
    }
    expect(alarm.remembered).toBeLessThanOrEqual(1_000);
    expect(raised).toHaveLength(1);
  });

  it('forgets what does not count any more', async () => {
    const { alarm, clock } = makeAlarm();
    for (let number = 0; number < 1_000; number++)
      alarm.failed(stranger(`10.0.${number >> 8}.${number & 255}`), credential(0));
    expect(alarm.remembered).toBe(1_000);
    await clock.advance(10 * MINUTE);
    alarm.failed(source, credential(0));
    expect(alarm.remembered).toBe(1);
  });
});

for (const kind of [DEFAULT_KIND]) {
  describe(`attempts to sign in, on ${kind.name}`, () => {
    let rig: SignInRig;
    let signIn: SignIn;
    let raised: OperatorAlert[];
    const EXTENSIONS = [EXTENSION, '51235', '51236'];

    beforeEach(async () => {
      rig = await createSignInRig({ kind });
      for (const [index, extension] of EXTENSIONS.slice(1).entries()) {
        const address = `other-${index}@contoso.com`;
        await provisionTestMailbox(rig.service, rig.plan, { address, extensions: [extension] });
      }
      raised = [];
      const alerts = { raise: (alert: OperatorAlert) => void raised.push(alert) };
      signIn = await createSignIn({ ...rig.service, alerts, sprayLimits: LIMITS });
    });
    afterEach(() => rig.dispose());

    const failAt = (extension: string, source: SignInSource = STRANGER) =>
      rig.attempt(wrongPin(), { extension, source, signIn });

    it('at many mailboxes raise the alarm', async () => {
      for (const extension of EXTENSIONS) await failAt(extension);
      expect(raised).toMatchObject([{ kind: 'spray', source: { kind: 'address', name: '192.0.2.7' } }]);
    });

    it('that succeed do not, nor those at one mailbox', async () => {
      for (let time = 0; time < 3; time++) await rig.attempt(PIN, { signIn });
      for (let time = 0; time < 4; time++) await failAt(EXTENSION);
      for (let time = 0; time < 4; time++) await failAt(UNKNOWN);
      expect(raised).toEqual([]);
    });

    it('where there is no mailbox count, too, and nothing of what was keyed is told', async () => {
      const keyed = ['80917', '80918', '80919', '80920'];
      for (const extension of keyed) await failAt(extension);
      expect(raised).toMatchObject([{ kind: 'spray' }]);
      const told = JSON.stringify([raised, rig.service.log.lines]);
      for (const extension of keyed) expect(told).not.toContain(extension);
    });

    it('without a number through a trusted peer are one source, which is a trunk', async () => {
      const trunk = { ...OWNER, assertedNumber: 'anonymous' };
      for (const extension of EXTENSIONS) await failAt(extension, trunk);
      expect(raised).toMatchObject([{ source: { kind: 'trunk', name: '198.51.100.1' } }]);
    });

    it('through a trusted peer are a source for each number', async () => {
      for (const [index, extension] of EXTENSIONS.entries()) {
        await failAt(extension, { ...OWNER, assertedNumber: `4255550${index}` });
      }
      expect(raised).toEqual([]);
      for (const extension of EXTENSIONS) await failAt(extension, { ...OWNER, assertedNumber: '42555509' });
      expect(raised).toMatchObject([{ source: { kind: 'number', name: '42555509' } }]);
    });

    it('that lock a mailbox tell the operator whose', async () => {
      await rig.changePolicy({ logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 2 });
      for (let time = 0; time < 2; time++) await failAt(EXTENSION);
      const { id, address } = rig.mailbox;
      expect(raised).toEqual([
        { kind: 'lockout', at: rig.service.clock.now(), mailbox: { id, address }, line: 'elsewhere', failures: 2 },
      ]);
    });
  });
}
