import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Call } from '../phone/call.ts';
import type { CallOptions } from '../phone/call-options.ts';
import { loadServicePrompts, Phone } from '../phone/phone.ts';
import type { PromptPack } from '../phone/prompt-pack.ts';
import { type RunningService, startService } from '../service.ts';

/** A service that runs for all tests of a file, and a phone for each test. */
export interface SuiteSetting {
  readonly service: RunningService;
  readonly phone: Phone;
  /** Calls the access number. */
  call(options?: CallOptions): Promise<Call>;
  /** Calls, keys extension and PIN, and resolves when the caller has been told to be signed in. */
  signIn(options?: CallOptions): Promise<Call>;
}

/** Starts a service before the tests of a file and checks after each that its calls have left nothing behind. */
export function useService(settings: Readonly<Record<string, string>> = {}): SuiteSetting {
  let service: RunningService | undefined;
  let prompts: PromptPack | undefined;
  let phone: Phone | undefined;
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('The service is there only while tests run');
    return value;
  };
  beforeAll(async () => {
    prompts = await loadServicePrompts();
    service = await startService(settings);
  });
  beforeEach(async () => {
    phone = await Phone.create({ prompts: present(prompts) });
  });
  afterEach(async () => {
    await phone?.close();
    await service?.released();
  });
  afterAll(async () => {
    await service?.close();
  });
  const setting: SuiteSetting = {
    get service() {
      return present(service);
    },
    get phone() {
      return present(phone);
    },
    call: (options) => setting.phone.call(setting.service.uri(), options),
    signIn: async (options) => {
      const call = await setting.call(options);
      await call.heard('welcome');
      await call.press(`${setting.service.mailbox.extension}#`);
      await call.heard('enter-pin');
      await call.press(`${setting.service.mailbox.pin}#`);
      await call.heard('signed-in');
      return call;
    },
  };
  return setting;
}

/** The ids of what a call heard, in order. */
export function idsHeard(call: Call): readonly string[] {
  return call.prompts.map(({ id }) => id);
}
