import type { PacketCipher } from './cipher.ts';
import { CounterModeCipher } from './counter-mode.ts';
import { GcmCipher } from './gcm.ts';
import { deriveSessionKeys } from './key-derivation.ts';
import type { MasterKey, SrtpSuite } from './suites.ts';

/** The cipher of one direction for RTP or RTCP. */
export function packetCipher(suite: SrtpSuite, master: MasterKey, kind: 'rtp' | 'rtcp'): PacketCipher {
  const keys = deriveSessionKeys(suite, master, kind);
  if (suite.mode === 'gcm') return new GcmCipher(keys);
  return new CounterModeCipher(keys, kind === 'rtp' ? suite.rtpTagBytes : suite.rtcpTagBytes);
}
