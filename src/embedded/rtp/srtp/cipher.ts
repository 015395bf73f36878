/** Where a packet stands in its stream. */
export interface PacketPlace {
  readonly ssrc: number;
  /** RTP: 2^16 times the roll-over counter plus the sequence number, 48 bits. RTCP: the index of 31 bits. */
  readonly index: number;
}

/** Protects and opens the packets of one direction and kind, in place. It knows nothing of what came before. */
export interface PacketCipher {
  /**
   * Encrypts a packet of RTP and adds its tag behind it, for which there must be room.
   *
   * @param header how many bytes stay readable; `length` where the packet ends.
   * @returns where it ends now.
   */
  protectRtp(bytes: Uint8Array, header: number, length: number, place: PacketPlace): number;
  /**
   * Checks a packet of RTP and decrypts it.
   *
   * @param mki how many bytes name the master key (RFC 3711 §3.1).
   * @returns where it ends now; `undefined` when it is not authentic, and then nothing of it is changed.
   */
  openRtp(bytes: Uint8Array, header: number, mki: number, place: PacketPlace): number | undefined;
  /** As with RTP; the index is written into the packet (RFC 3711 §3.4). */
  protectRtcp(bytes: Uint8Array, length: number, place: PacketPlace): number;
  /** As with RTP. @param encrypted whether the packet says that it is. */
  openRtcp(bytes: Uint8Array, mki: number, place: PacketPlace, encrypted: boolean): number | undefined;
  /** Where the name of the master key begins; negative in a packet that is too short. */
  rtpMkiAt(length: number, mki: number): number;
  /** Where the word with the index of a packet of RTCP begins; negative in a packet that is too short. */
  rtcpIndexAt(length: number, mki: number): number;
}

/** The first words of RTCP, which stay readable: kind, length and who sends it. */
export const rtcpHeaderBytes = 8;
