/** By what that which was read is kept and made old. */
export const KEYS = {
  overview: ['overview'],
  mailboxes: ['mailboxes'],
  anyMailbox: ['mailbox'],
  mailbox: (id: string) => ['mailbox', id] as const,
  policies: ['policies'],
  dialPlans: ['dial-plans'],
  calls: ['calls'],
  audit: ['audit'],
  tokens: ['tokens'],
  sessions: ['sessions'],
} as const;
