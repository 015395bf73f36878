import { describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import { type SessionFacts, Sessions } from './sessions.ts';
import type { SessionEnd } from './sign-in.ts';

const TONY = 'mailbox-1' as MailboxId;
const ANNA = 'mailbox-2' as MailboxId;

function factsOf(id: MailboxId): SessionFacts {
  return {
    mailbox: { id, displayName: 'Tony', extension: '51234', language: 'en-US', timeZone: 'Etc/UTC', clock: '12-hour' },
    changeCauses: ['first-time'],
    failures: { count: 2, lastAt: 5 },
    lockedElsewhere: true,
  };
}

describe('sessions', () => {
  it('say what their conversation needs to know', () => {
    const session = new Sessions().open(factsOf(TONY), 1);
    expect(session).toMatchObject(factsOf(TONY));
  });

  it('end for those of one mailbox, but for the one that is the cause', () => {
    const sessions = new Sessions();
    const ends: [string, SessionEnd][] = [];
    const [one, two, other] = [TONY, TONY, ANNA].map((id) => sessions.open(factsOf(id), 1));
    one?.onEnd((why) => ends.push(['one', why]));
    two?.onEnd((why) => ends.push(['two', why]));
    other?.onEnd((why) => ends.push(['other', why]));
    sessions.end(TONY, 'pin-changed', one);
    expect(ends).toEqual([['two', 'pin-changed']]);
    sessions.end(TONY, 'locked');
    expect(ends).toEqual([
      ['two', 'pin-changed'],
      ['one', 'locked'],
    ]);
  });

  it('tell who asks late, and nobody who has closed', () => {
    const sessions = new Sessions();
    const ends: SessionEnd[] = [];
    const late = sessions.open(factsOf(TONY), 1);
    const closed = sessions.open(factsOf(TONY), 1);
    closed.onEnd((why) => ends.push(why));
    closed.close();
    sessions.end(TONY, 'pin-reset');
    expect(ends).toEqual([]);
    late.onEnd((why) => ends.push(why));
    closed.onEnd((why) => ends.push(why));
    expect(ends).toEqual(['pin-reset']);
    late.close();
    late.onEnd((why) => ends.push(why));
    expect(ends).toEqual(['pin-reset']);
  });

  it('go on under the version that they are renewed to, until they close', () => {
    const sessions = new Sessions();
    const session = sessions.open(factsOf(TONY), 3);
    expect(sessions.versionOf(session)).toBe(3);
    sessions.renew(session, 4);
    expect(sessions.versionOf(session)).toBe(4);
    expect(sessions.versionOf(new Sessions().open(factsOf(TONY), 9))).toBeUndefined();
    session.close();
    session.close();
    expect(sessions.versionOf(session)).toBeUndefined();
    sessions.renew(session, 5);
    expect(sessions.versionOf(session)).toBeUndefined();
    expect(sessions.count).toBe(0);
  });
});
