/** Why a call was ended from outside the conversation; the reason that its one abort signal carries. */
export const CALL_ENDS = [
  /** The caller sent BYE. */
  'caller-hung-up',
  /** The caller sent CANCEL before the call was answered. */
  'caller-cancelled',
  /** The 2xx was never acknowledged (RFC 3261 §13.3.1.4). */
  'not-acknowledged',
  /** The session timer that the caller had asked for ran out without a refresh (RFC 4028 §10). */
  'session-expired',
  /** The endpoint on the media server went away, or nothing was received from the caller for too long. */
  'media-lost',
  /** The event socket to the call's media server went away. */
  'media-server-lost',
  /** The connection to drachtio went away, so the call can no longer be signalled. */
  'signalling-lost',
  /** The dial plan's longest call duration is over. */
  'maximum-duration',
  /** An administrator ended the call. */
  'administrator',
  /** The mailbox's PIN was reset while it was signed in to (SPEC §3.12). */
  'pin-reset',
  /** Another call has changed the mailbox's PIN. */
  'pin-changed',
  /** The mailbox was locked. */
  'mailbox-locked',
  /** The mailbox was disabled. */
  'mailbox-disabled',
  /** The service is stopping and did not wait any longer. */
  'drain',
  /** A fault in the program; the log line has the error. */
  'fault',
] as const;

export type CallEnd = (typeof CALL_ENDS)[number];
