import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
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
  const { setting, start, openPhone, closePhone, stop } = prepare(settings);
  beforeAll(start);
  beforeEach(openPhone);
  afterEach(async () => {
    await closePhone();
    await setting.service.released();
  });
  afterAll(stop);
  return setting;
}

/**
 * The same for tests that run at the same time (`describe.concurrent`), each with its own mailbox: they share a phone,
 * and what calls have left behind is looked for when all are over.
 */
export function useServiceTogether(settings: Readonly<Record<string, string>> = {}): SuiteSetting {
  const { setting, start, openPhone, closePhone, stop } = prepare(settings);
  beforeAll(async () => {
    await start();
    await openPhone();
  });
  afterAll(async () => {
    await closePhone();
    await stop();
  });
  return setting;
}

/**
 * Describes what has a service of its own: at the same time as what else is described so, unless a drachtio-server would
 * share its calls out among the services.
 */
export const describeApart = process.env.DRACHTIO_URL === undefined ? describe.concurrent : describe;

interface Preparation {
  readonly setting: SuiteSetting;
  start(): Promise<void>;
  openPhone(): Promise<void>;
  closePhone(): Promise<void>;
  /** Checks that everything is released, then stops the service. */
  stop(): Promise<void>;
}

function prepare(settings: Readonly<Record<string, string>>): Preparation {
  let service: RunningService | undefined;
  let prompts: PromptPack | undefined;
  let phone: Phone | undefined;
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('The service is there only while tests run');
    return value;
  };
  const setting: SuiteSetting = {
    get service() {
      return present(service);
    },
    get phone() {
      return present(phone);
    },
    call: (options) => setting.phone.call(setting.service.uri(), options),
    signIn: async (options) => {
      const { extension, pin } = setting.service.mailbox;
      const call = await setting.call(options);
      await call.heard('welcome');
      await call.press(`${extension}#`);
      await call.heard('enter-pin');
      await call.press(`${pin}#`);
      await call.heard('signed-in');
      return call;
    },
  };
  return {
    setting,
    start: async () => {
      prompts = await loadServicePrompts();
      service = await startService(settings);
    },
    openPhone: async () => {
      phone = await Phone.create({ prompts: present(prompts) });
    },
    closePhone: async () => phone?.close(),
    stop: async () => service?.close(),
  };
}

/** The ids of what a call heard, in order. */
export function idsHeard(call: Call): readonly string[] {
  return call.prompts.map(({ id }) => id);
}
