import { stockFolder } from '../mailbox-stock.ts';
import { ServiceProcess } from '../service-process.ts';
import { processListeningOn } from './watched-processes.ts';

/** A service to be loaded, with the engines that do its work. */
export interface LoadService {
  readonly name: string;
  readonly service: ServiceProcess;
  /** The service and, where they are others, its engines. */
  readonly pids: readonly number[];
  /** Where it takes calls. */
  readonly host: string;
  readonly port: number;
}

/** The number to call: its dial plan lets a caller who keys nothing stay for minutes. */
export const LOAD_NUMBER = '5002';
/** An extension as that dial plan has them; whether it is anybody's is not asked before a PIN. */
export const LOAD_EXTENSION = '61234';

const REAL_ENGINES = ['DRACHTIO_URL', 'FREESWITCH_URLS'] as const;

/** Whether the environment names engines that are to be measured, beside the embedded pair. */
export function namesEngines(environment: NodeJS.ProcessEnv): boolean {
  return REAL_ENGINES.every((name) => (environment[name] ?? '') !== '');
}

/**
 * Starts a service for so many calls, in a process of its own.
 *
 * @param engines whether it works with the engines that the environment names, or with the embedded pair.
 * @param environment more settings of it.
 */
export async function startLoadService(
  engines: 'embedded' | 'named',
  maxCalls: number,
  environment: Readonly<Record<string, string>> = {},
  command?: readonly [string, ...string[]],
): Promise<LoadService> {
  const service = await ServiceProcess.start({
    ...(command === undefined ? {} : { command }),
    environment: {
      MAX_CALLS: String(maxCalls),
      ...(engines === 'embedded' ? { DRACHTIO_URL: '', FREESWITCH_URLS: '' } : {}),
      ...environment,
    },
    prepare: (dataDir) =>
      stockFolder(dataDir, async (stock) => {
        await stock.addDialPlan(LOAD_NUMBER, { inputFailuresBeforeDisconnect: 20, logonFailuresBeforeDisconnect: 20 });
      }),
  });
  const uri = /^sip:[^@]*@([^:;]+):(\d+)/.exec(service.uri(LOAD_NUMBER));
  if (uri === null) throw new Error('The service names no IPv4 address that it is called by');
  const pids = [service.pid, ...(engines === 'named' ? await enginePids() : [])];
  return {
    name: engines === 'embedded' ? 'embedded' : 'named engines',
    service,
    pids: pids.filter((pid) => pid !== undefined),
    host: uri[1] ?? '',
    port: Number(uri[2]),
  };
}

/** The engines on this machine, by the ports that the environment names; those on others are not seen. */
async function enginePids(): Promise<readonly (number | undefined)[]> {
  const urls = REAL_ENGINES.flatMap((name) => (process.env[name] ?? '').split(',')).filter((url) => url !== '');
  const ports = urls.map((url) => Number(/:(\d+)\/?$/.exec(url)?.[1] ?? 0));
  return [...new Set(await Promise.all(ports.map(processListeningOn)))];
}
