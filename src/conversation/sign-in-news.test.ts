import { describe, expect, it } from 'vitest';
import type { MemoryMailbox } from '../testing/in-memory-sign-in.ts';
import { rehearse, rehearseHangUps, TONY } from '../testing/rehearsal.ts';
import { atAnswer, during, press, type Step } from '../testing/scripted-line.ts';

const SIGN_IN = press('51234#198584#', atAnswer(), 0);
const LEAVE: readonly Step[] = [press('**', during('main-menu'), 0)];

/** A Tuesday in Los Angeles, half past three in the afternoon. */
const NOW = Date.parse('2026-11-24T23:30:00Z');
const TODAY_AT_3_05_PM = ['last-failure', 'time-today', 'number-3', 'time-oh', 'number-5', 'time-pm'];

interface Case {
  readonly name: string;
  readonly mailbox: Partial<MemoryMailbox>;
  readonly heard: readonly string[];
}

const CASES: readonly Case[] = [
  { name: 'nothing to tell', mailbox: {}, heard: [] },
  {
    name: 'one failure',
    mailbox: { failures: { count: 1, lastAt: Date.parse('2026-11-24T23:05:00Z') } },
    heard: ['failures-since', 'failure-one', ...TODAY_AT_3_05_PM],
  },
  {
    name: 'many failures',
    mailbox: { failures: { count: 21, lastAt: Date.parse('2026-11-24T23:05:00Z') } },
    heard: ['failures-since', 'number-20', 'number-1', 'failures-many', ...TODAY_AT_3_05_PM],
  },
  {
    name: 'the zone and the clock of the mailbox',
    mailbox: {
      failures: { count: 2, lastAt: Date.parse('2026-11-24T22:59:00Z') },
      timeZone: 'Europe/Berlin',
      clock: '24-hour',
    },
    heard: [
      ...['failures-since', 'number-2', 'failures-many', 'last-failure'],
      ...['time-yesterday', 'number-20', 'number-3', 'number-50', 'number-9', 'time-hours'],
    ],
  },
  {
    name: 'a lock that keeps everybody else out',
    mailbox: { lockedElsewhere: true },
    heard: ['locked-elsewhere', 'ask-administrator'],
  },
  {
    name: 'failures, then the lock',
    mailbox: { failures: { count: 15, lastAt: Date.parse('2026-11-24T23:05:00Z') }, lockedElsewhere: true },
    heard: [
      ...['failures-since', 'number-15', 'failures-many', ...TODAY_AT_3_05_PM],
      ...['locked-elsewhere', 'ask-administrator'],
    ],
  },
];

describe('what a caller is told once signed in', () => {
  it.each(CASES)('$name', async ({ mailbox, heard }) => {
    const call = await rehearse({ now: NOW, mailboxes: [{ ...TONY, ...mailbox }], script: [SIGN_IN, ...LEAVE] });

    expect(call.heard).toEqual(['signed-in', ...heard, 'main-menu', 'goodbye']);
    expect(call.outcome).toEqual({ kind: 'left' });
  });

  it.each(CASES)('with the hang-up at every wait: $name', async ({ mailbox }) => {
    const script = [SIGN_IN, ...LEAVE];
    expect(await rehearseHangUps({ now: NOW, mailboxes: [{ ...TONY, ...mailbox }], script })).toBeGreaterThan(9);
  });

  const EVERYTHING: MemoryMailbox = {
    ...TONY,
    failures: { count: 2, lastAt: Date.parse('2026-11-24T23:05:00Z') },
    lockedElsewhere: true,
    changeCauses: ['lifetime'],
  };

  it('comes in a fixed order: failures, lock, change of PIN, main menu', async () => {
    const { heard } = await rehearse({
      now: NOW,
      mailboxes: [EVERYTHING],
      script: [
        SIGN_IN,
        press('805317#', during('new-pin-digits')),
        press('805317#', during('confirm-new-pin')),
        ...LEAVE,
      ],
    });
    expect(heard).toEqual([
      ...['signed-in', 'failures-since', 'number-2', 'failures-many', ...TODAY_AT_3_05_PM],
      ...['locked-elsewhere', 'ask-administrator', 'cause-lifetime', 'forced-change', 'enter-new-pin'],
      ...['new-pin-minimum', 'number-6', 'new-pin-digits', 'confirm-new-pin', 'pin-changed', 'main-menu', 'goodbye'],
    ]);
  });

  it('stops with a key, which is the first of the answer', async () => {
    const { heard, changes } = await rehearse({
      now: NOW,
      mailboxes: [EVERYTHING],
      script: [SIGN_IN, press('805317#805317#', during('failures-since'), 0), ...LEAVE],
    });
    expect(heard).toEqual(['signed-in', 'failures-since', 'pin-changed', 'main-menu', 'goodbye']);
    expect(changes.map(({ pin }) => pin)).toEqual(['805317']);
  });

  it('has a breath between its sentences and none within them', async () => {
    const { phrases } = await rehearse({ now: NOW, mailboxes: [EVERYTHING], script: [SIGN_IN] });
    const ids = phrases.map(({ id }) => (id === 'pause' ? '|' : id));
    expect(ids.slice(0, ids.indexOf('confirm-new-pin')).join(' ')).toMatch(
      /^signed-in \| failures-since number-2 failures-many \| last-failure time-today number-3 time-oh number-5 time-pm \| locked-elsewhere \| ask-administrator \| cause-lifetime \| forced-change \| enter-new-pin \| new-pin-minimum number-6 new-pin-digits/,
    );
  });
});
