import { afterEach, beforeEach, expect } from 'vitest';
import type { TestDatabaseKind } from '../databases.ts';
import { createMailRig, type MailRig } from './mail-rig.ts';
import { type RawPeer, type RawSmtp, startRawSmtp } from './raw-smtp.ts';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from './smtp-sink.ts';

/** The PIN in letters of tests; it must turn up in no log. */
export const MAILED_PIN = '407193';

/** What a server says that greylists. */
export const GREYLISTED = { code: 451, text: '4.7.1 Greylisted, try again' };

/** What the test that is running works with. */
export interface UsedMailRig {
  readonly rig: MailRig;
  sinkOf(options?: SmtpSinkOptions): Promise<SmtpSink>;
  /** A server that takes a mail at the `nth` attempt (from 1), and greylists it until then. */
  takingAt(nth: number): Promise<SmtpSink & { readonly attempts: () => number }>;
  rawOf(converse: (peer: RawPeer, before: number) => Promise<void>): Promise<RawSmtp>;
  /** Done at the end of the test, the last first, before the workers are closed. */
  atEnd(close: () => unknown): void;
}

/**
 * Gives each test of the suite that calls this a rig and servers of its own, and checks afterwards that no timer is left
 * and that the log has neither PIN, nor name, nor address of a letter in it.
 */
export function useMailRig(kind: TestDatabaseKind): UsedMailRig {
  let current: MailRig | undefined;
  const closing: (() => unknown)[] = [];
  const rig = (): MailRig => {
    if (current === undefined) throw new Error('No test is running');
    return current;
  };
  const closed = <T extends { close(): Promise<void> }>(server: T): T => {
    closing.push(() => server.close());
    return server;
  };
  beforeEach(async () => {
    current = await createMailRig(kind);
  });
  afterEach(async () => {
    // Servers first, so that no worker waits for one.
    for (const close of closing.splice(0).reverse()) await close();
    await rig().dispose();
    expect(rig().clock.pending).toBe(0);
    const logged = JSON.stringify(rig().log.lines);
    for (const secret of [MAILED_PIN, 'contoso', 'Tony']) expect(logged).not.toContain(secret);
  });
  return {
    get rig() {
      return rig();
    },
    sinkOf: async (options = {}) => closed(await startSmtpSink(options)),
    takingAt: async (nth) => {
      let attempts = 0;
      const sink = closed(await startSmtpSink({ onRecipient: () => (++attempts < nth ? GREYLISTED : undefined) }));
      return Object.assign(sink, { attempts: () => attempts });
    },
    rawOf: async (converse) => closed(await startRawSmtp(converse)),
    atEnd: (close) => {
      closing.push(close);
    },
  };
}
