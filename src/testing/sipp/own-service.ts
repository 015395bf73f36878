import { acceptablePin, type MailboxStock, type StockedMailbox, stockFolder } from '../mailbox-stock.ts';
import { ServiceProcess } from '../service-process.ts';
import type { KeyedNumbers } from './captures.ts';
import type { MailboxState, Scenario, ScenarioName } from './scenario.ts';

/** A service that is there for scenarios alone, with a mailbox for each. */
export interface OwnService {
  readonly process: ServiceProcess;
  /** `host:port` of its SIP. */
  readonly target: string;
  readonly mailboxes: ReadonlyMap<ScenarioName, KeyedNumbers>;
}

/** Longer than the lifetime of PINs (SPEC §1), in days. */
const LONG_AGO = 61;
/** What the policy asks of a PIN that has become too short. */
const RAISED_MINIMUM = 8;

async function mailboxInState(state: MailboxState, stock: MailboxStock): Promise<StockedMailbox> {
  switch (state) {
    case 'any':
    case 'fresh':
    case 'pin-old':
      return stock.add();
    case 'ten-failures':
      return stock.add({ failures: 10 });
    case 'locked':
      return stock.add({ locked: true });
    case 'pin-expired':
      return stock.add({ pinExpired: true });
    case 'pin-short': {
      const mailbox = await stock.add({ settings: {} });
      await stock.changePolicy(mailbox.policyId, { minPinLength: RAISED_MINIMUM });
      return mailbox;
    }
  }
}

/**
 * Starts a service whose directory has what each of the scenarios asks for. Its failures by source are not limited, for
 * all of its calls come from one address. Whoever gets it disposes of the process.
 */
export async function startOwnService(scenarios: readonly Scenario[]): Promise<OwnService> {
  const mailboxes = new Map<ScenarioName, KeyedNumbers>();
  const fill = async (stock: MailboxStock, chosen: readonly Scenario[]): Promise<void> => {
    for (const { name, mailbox: state } of chosen) {
      const mailbox = await mailboxInState(state, stock);
      mailboxes.set(name, { ...mailbox, newPin: acceptablePin(mailbox, RAISED_MINIMUM) });
    }
  };
  const process = await ServiceProcess.start({
    environment: { SOURCE_FAILURES_SLOWED: 'unlimited', SOURCE_FAILURES_REFUSED: 'unlimited' },
    prepare: async (dataDir) => {
      const isOld = ({ mailbox }: Scenario): boolean => mailbox === 'pin-old';
      await stockFolder(dataDir, (stock) =>
        fill(
          stock,
          scenarios.filter((one) => !isOld(one)),
        ),
      );
      await stockFolder(dataDir, (stock) => fill(stock, scenarios.filter(isOld)), LONG_AGO);
    },
  });
  return { process, target: (process.sip[0] ?? '').replace('sip:', ''), mailboxes };
}
