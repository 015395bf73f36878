import { createCipheriv } from 'node:crypto';
import type { MasterKey, SrtpSuite } from './suites.ts';

/** What one kind of packet is protected with. */
export interface SessionKeys {
  readonly encryption: Buffer;
  readonly salt: Buffer;
  /** Empty in modes that authenticate by themselves. */
  readonly authentication: Buffer;
}

/** RFC 3711 §5.2: HMAC-SHA1 has a key of 160 bits. */
const authenticationBytes = 20;

/** The labels of RFC 3711 §4.3.1, which tell the keys of a session apart. */
const labels = {
  rtp: { encryption: 0, authentication: 1, salt: 2 },
  rtcp: { encryption: 3, authentication: 4, salt: 5 },
} as const;

/** Derives the session keys for RTP or RTCP (RFC 3711 §4.3 with a key derivation rate of 0; RFC 6188; RFC 7714 §11). */
export function deriveSessionKeys(suite: SrtpSuite, master: MasterKey, kind: 'rtp' | 'rtcp'): SessionKeys {
  const { encryption, authentication, salt } = labels[kind];
  return {
    encryption: derive(suite, master, encryption, suite.keyBytes),
    salt: derive(suite, master, salt, suite.saltBytes),
    authentication: suite.mode === 'gcm' ? Buffer.alloc(0) : derive(suite, master, authentication, authenticationBytes),
  };
}

/** RFC 3711 §4.3.3: the key stream of counter mode that begins at the master salt with the label in it. */
function derive({ keyBytes }: SrtpSuite, { key, salt }: MasterKey, label: number, bytes: number): Buffer {
  const start = Buffer.alloc(16);
  // A salt of 96 bits is filled up with zeros to 112 (RFC 7714 §11).
  salt.copy(start);
  start.writeUInt8(start.readUInt8(7) ^ label, 7);
  return createCipheriv(`aes-${8 * keyBytes}-ctr`, key, start).update(Buffer.alloc(bytes));
}
