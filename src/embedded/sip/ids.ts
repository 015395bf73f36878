import { randomBytes } from 'node:crypto';

/** RFC 3261 §8.1.1.7: what a branch begins with to be unique by itself. */
export const branchCookie = 'z9hG4bK';

/** A Via branch: unique, and not to be guessed, because responses are matched by it. */
export function newBranch(): string {
  return branchCookie + randomBytes(12).toString('hex');
}

/** A From or To tag; RFC 3261 §19.3 asks for 32 random bits, this has 64. */
export function newTag(): string {
  return randomBytes(8).toString('hex');
}

/** A Call-ID of 128 random bits (RFC 3261 §8.1.1.4). */
export function newCallId(): string {
  return randomBytes(16).toString('hex');
}
