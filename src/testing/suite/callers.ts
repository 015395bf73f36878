import type { StockedMailbox } from '../mailbox-stock.ts';
import type { Call } from '../phone/call.ts';
import type { CallOptions } from '../phone/call-options.ts';
import { FAST_KEYS } from '../phone/fast-keys.ts';
import type { SuiteSetting } from './use-service.ts';

/** What callers hear when they have given up a PIN for wrong; the last word of a call comes in its place. */
const FAILED = 'sign-in-failed';

/** Presses keys as fast as a receiver has to take them. */
export function keyFast(call: Call, keys: string): Promise<void> {
  return call.press(keys, FAST_KEYS);
}

/** Calls the access number and keys a mailbox's extension; what is pressed next is its PIN. */
export async function callMailbox(
  setting: SuiteSetting,
  { extension }: Pick<StockedMailbox, 'extension'>,
  options?: CallOptions,
): Promise<Call> {
  const call = await setting.call(options);
  // Nobody keys before anything is heard.
  await call.heard('welcome');
  await keyFast(call, extension);
  return call;
}

/** Calls a mailbox with a PIN and resolves when the caller has been told to be signed in. */
export async function signInWith(
  setting: SuiteSetting,
  mailbox: Pick<StockedMailbox, 'extension'>,
  pin: string,
  options?: CallOptions,
): Promise<Call> {
  const call = await callMailbox(setting, mailbox, options);
  await keyFast(call, `${pin}#`);
  await call.heard('signed-in');
  return call;
}

/** Keys a wrong PIN again and again in a call that goes on after each; resolves when the caller was told of the last. */
export async function failInCall(call: Call, wrongPin: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await keyFast(call, `${wrongPin}#`);
    await call.heard(FAILED);
  }
}

/** Has sign-ins at a mailbox fail, each call ended by the caller before the service does: up to two in each. */
export async function failOverCalls(
  setting: SuiteSetting,
  mailbox: StockedMailbox,
  times: number,
  options?: CallOptions,
): Promise<void> {
  for (let left = times; left > 0; left -= 2) {
    const call = await callMailbox(setting, mailbox, options);
    await failInCall(call, mailbox.wrongPin, Math.min(left, 2));
    await call.hangUp();
  }
}

/** Calls a mailbox, keys a PIN, and resolves when the caller has been told that it was not right. */
export async function isRefused(
  setting: SuiteSetting,
  mailbox: Pick<StockedMailbox, 'extension'>,
  pin: string,
): Promise<void> {
  const call = await callMailbox(setting, mailbox);
  await keyFast(call, `${pin}#`);
  await call.heard(FAILED);
  await call.hangUp();
}
