/** Names one dial plan in the database. */
export type DialPlanId = string & { readonly __brand: 'DialPlanId' };

/**
 * How secure the calls of a dial plan must be (SPEC §1): not at all; signalled over TLS; signalled over TLS and with their
 * audio and keys in SRTP.
 */
export const VOIP_SECURITIES = ['unsecured', 'sip-secured', 'secured'] as const;
export type VoipSecurity = (typeof VOIP_SECURITIES)[number];

/** What a call needs to know of the dial plan that its access number belongs to (SPEC §1). */
export interface DialPlan {
  readonly id: DialPlanId;
  readonly name: string;
  /** How many digits every extension of the plan has, 1–20. */
  readonly extensionDigits: number;
  /** Failed sign-ins in one call that end it, 1–20. */
  readonly logonFailuresBeforeDisconnect: number;
  /** Input failures in a row that end the call, 1–20. */
  readonly inputFailuresBeforeDisconnect: number;
  /** Longest call in minutes, 10–120. */
  readonly maxCallDuration: number;
  /** Longest recording in minutes, 1–100, and not longer than a call. */
  readonly maxRecordingDuration: number;
  /** Silence in seconds that ends a recording, 2–10. */
  readonly recordingIdleTimeout: number;
  /** Whom callers are put through to who ask for help; an extension of the plan, or undefined. */
  readonly operatorExtension: string | undefined;
  /** BCP 47 tag of the prompts, such as `en-US`. */
  readonly defaultLanguage: string;
  /** What is less secure is refused; what is more secure is taken. */
  readonly voipSecurity: VoipSecurity;
}
