import { type StockedMailbox, stockFolder } from '../mailbox-stock.ts';
import { ServiceProcess } from '../service-process.ts';

/** A service to be measured, and whose mailboxes are signed in to. */
export interface BenchService {
  readonly service: ServiceProcess;
  /** Each lets its caller in without more ado. */
  readonly callers: readonly [StockedMailbox, ...StockedMailbox[]];
  /** Mailboxes for those who guess; neither these nor their calls come to an end by failures. */
  readonly victims: readonly StockedMailbox[];
}

/** The access number of {@link BenchService.callers}, that of the demonstration directory. */
export const ACCESS_NUMBER = '5000';
/** That of {@link BenchService.victims}. */
export const VICTIMS_NUMBER = '5001';
/** How many failures a call to that number may have. */
export const VICTIMS_FAILURES = 20;

/** As many as sign in at the same time. */
const CALLERS = 32;
const VICTIMS = 32;

/** Starts the service in a process of its own. All calls come from one address, so its failures are not limited; `environment` has more settings. */
export async function startBenchService(environment: Readonly<Record<string, string>> = {}): Promise<BenchService> {
  const callers: StockedMailbox[] = [];
  const victims: StockedMailbox[] = [];
  const service = await ServiceProcess.start({
    environment: { SOURCE_FAILURES_SLOWED: 'unlimited', SOURCE_FAILURES_REFUSED: 'unlimited', ...environment },
    prepare: (dataDir) =>
      stockFolder(dataDir, async (stock) => {
        while (callers.length < CALLERS) callers.push(await stock.add());
        const policyId = await stock.addDialPlan(VICTIMS_NUMBER, { logonFailuresBeforeDisconnect: VICTIMS_FAILURES });
        await stock.changePolicy(policyId, { logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 999 });
        while (victims.length < VICTIMS) victims.push(await stock.add({ policyId }));
      }),
  });
  const [first, ...others] = callers;
  if (first === undefined) throw new Error('There is nobody to call');
  return { service, callers: [first, ...others], victims };
}

/** The mailbox of the caller with this index, from 0; when there are more callers than mailboxes, some share one. */
export function callerAt({ callers }: Pick<BenchService, 'callers'>, index: number): StockedMailbox {
  return callers[index % callers.length] ?? callers[0];
}
