import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServiceOptions, ServiceProcess } from './service-process.ts';

/**
 * Loaded before the program in each of its threads; at SIGUSR2 it does what a file says. The program itself has nothing
 * of this: to its thread of media, these messages mean nothing.
 */
const PRELOAD = `
  import { readFileSync } from 'node:fs';
  import { isMainThread, parentPort } from 'node:worker_threads';
  const block = (milliseconds) => { for (const until = performance.now() + milliseconds; performance.now() < until;); };
  if (isMainThread) {
    let thread;
    process.on('worker', (worker) => { thread = worker; });
    process.on('SIGUSR2', () => {
      const kind = readFileSync(process.env.DEED_FILE, 'utf8');
      if (kind === 'terminate') void thread.terminate();
      else thread.postMessage({ kind });
      if (kind === 'block') block(200);
    });
  } else {
    parentPort.on('message', ({ kind }) => {
      if (kind === 'throw') throw new Error('thrown by a test');
      if (kind === 'block') block(200);
      while (kind === 'hang');
    });
  }`;

/** What can be done to a service. */
export type Deed =
  /** Its media thread is ended from outside, throws, or loops for ever. */
  | 'terminate'
  | 'throw'
  | 'hang'
  /** Both its event loops stand still for 200 ms. */
  | 'block';

/** A service in a process of its own, on the embedded pair, to which things can be done. */
export interface FaultyService {
  readonly service: ServiceProcess;
  do(deed: Deed): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts one; `options` may not name a command. */
export async function startFaultyService(options: Omit<ServiceOptions, 'command'> = {}): Promise<FaultyService> {
  const folder = await mkdtemp(join(tmpdir(), 'touchtone-deeds-'));
  const [preload, deedFile] = [join(folder, 'preload.mjs'), join(folder, 'deed')];
  await writeFile(preload, PRELOAD);
  const service = await ServiceProcess.start({
    ...options,
    command: [process.execPath, '--import', preload, 'src/main.ts'],
    environment: { DRACHTIO_URL: '', FREESWITCH_URLS: '', DEED_FILE: deedFile, ...options.environment },
  });
  return {
    service,
    do: async (deed) => {
      await writeFile(deedFile, deed);
      service.signal('SIGUSR2');
    },
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
