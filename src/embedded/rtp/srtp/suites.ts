/** How packets are encrypted and authenticated: counter mode and HMAC-SHA1 (RFC 3711), or both in one (RFC 7714). */
export interface SrtpSuite {
  /** As it stands in a session description. */
  readonly name: string;
  /** Another name under which it is offered, and under which it is then answered. */
  readonly alias?: string;
  readonly mode: 'counter' | 'gcm';
  readonly keyBytes: 16 | 24 | 32;
  readonly saltBytes: 12 | 14;
  /** The authentication tag of a packet of RTP. */
  readonly rtpTagBytes: 4 | 10 | 16;
  /** And of RTCP, which RFC 4568 §6.2 never shortens. */
  readonly rtcpTagBytes: 10 | 16;
}

const gcm = (bits: 128 | 256): SrtpSuite => ({
  name: `AEAD_AES_${bits}_GCM`,
  mode: 'gcm',
  keyBytes: bits === 128 ? 16 : 32,
  saltBytes: 12,
  rtpTagBytes: 16,
  rtcpTagBytes: 16,
});

const counter = (keyBytes: SrtpSuite['keyBytes'], rtpTagBytes: 4 | 10): SrtpSuite => {
  const bits = 8 * keyBytes;
  const tail = `HMAC_SHA1_${8 * rtpTagBytes}`;
  const common = { mode: 'counter', keyBytes, saltBytes: 14, rtpTagBytes, rtcpTagBytes: 10 } as const;
  if (bits === 128) return { name: `AES_CM_128_${tail}`, ...common };
  // RFC 6188 and its registration put the words in the first order, some phones in the second.
  return { name: `AES_${bits}_CM_${tail}`, alias: `AES_CM_${bits}_${tail}`, ...common };
};

/** What is taken, in the order in which it is offered (RFC 7714 §12, RFC 6188, RFC 4568 §6.2). */
export const suites: readonly SrtpSuite[] = [
  gcm(256),
  gcm(128),
  counter(32, 10),
  counter(24, 10),
  counter(16, 10),
  counter(32, 4),
  counter(24, 4),
  counter(16, 4),
];

/** The most that protection adds to a packet: index and tag of RTCP. */
export const mostOverhead = 4 + 16;

/** Master key and master salt of one direction (RFC 3711 §3.2.1). They are never logged. */
export interface MasterKey {
  readonly key: Buffer;
  readonly salt: Buffer;
}
