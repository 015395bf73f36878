import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { createSignInRig, PIN, type SignInRig, STRANGER } from '../testing/sign-in-rig.ts';
import { BY_TEST } from '../testing/test-service.ts';
import { createMailboxAdministration } from './mailbox-administration-service.ts';
import { createPinAdministration } from './pin-administration-service.ts';
import { SessionWatch } from './session-watch.ts';
import { Sessions } from './sessions.ts';
import type { SessionEnd, SignInSession } from './sign-in.ts';

describe.each(DATABASE_KINDS)('a call that is signed in, beside another instance on $name', (kind) => {
  let rig: SignInRig;
  let watch: SessionWatch;
  let session: SignInSession;
  let ends: SessionEnd[];

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
    watch = new SessionWatch(rig.service);
    const verdict = await rig.attempt(PIN);
    if (verdict.kind !== 'signed-in') throw new Error(`The sign-in is ${verdict.kind}`);
    session = verdict.session;
    ends = [];
    session.onEnd((why) => ends.push(why));
  });

  afterEach(async () => {
    watch.close();
    expect(rig.service.clock.pending).toBe(0);
    await rig.dispose();
  });

  /** What another instance works with: the same database, and calls of its own. */
  const another = () => ({ ...rig.service, sessions: new Sessions() });

  it.each<{ readonly what: SessionEnd; readonly change: () => Promise<unknown> }>([
    { what: 'locked', change: () => createPinAdministration(another()).lock(rig.mailbox.id, BY_TEST) },
    { what: 'pin-reset', change: () => createPinAdministration(another()).reset(rig.mailbox.id, {}, BY_TEST) },
    { what: 'disabled', change: () => createMailboxAdministration(another()).disable(rig.mailbox.id, BY_TEST) },
  ])('ends within two seconds when its mailbox is $what there', async ({ what, change }) => {
    await change();
    expect(ends).toEqual([]);
    await rig.service.clock.advance(2_000);
    expect(ends).toEqual([what]);
  });

  it('goes on when it changes its own PIN, and when others sign in or fail', async () => {
    await rig.wrong(1);
    await rig.attempt(PIN);
    await rig.service.clock.advance(3_000);
    const changed = await rig.service.pinChanges.change(session, '8053172', STRANGER);
    expect(changed).toEqual({ kind: 'changed' });
    await rig.service.clock.advance(3_000);
    expect(ends).toEqual([]);
  });
});
