import type { OperatorAlert, SourceKind } from '../services/ports/operator-alerts.ts';

const SOURCES: Readonly<Record<SourceKind, string>> = {
  number: 'the number',
  address: 'the address',
  trunk: 'calls without a number through',
};

/** An alert in one sentence or two, for people. */
export function alertText(alert: OperatorAlert): string {
  switch (alert.kind) {
    case 'spray': {
      const { source, mailboxes, minutes } = alert;
      const within = minutes === 1 ? 'a minute' : `${minutes} minutes`;
      return `Sign-ins at ${mailboxes} or more mailboxes have failed within ${within}, all from ${SOURCES[source.kind]} ${source.name}. Somebody may be trying out PINs.`;
    }
    case 'lockout': {
      const { failures, mailbox, line } = alert;
      const count = failures === 1 ? 'a failed sign-in' : `${failures} failed sign-ins`;
      const whose = line === 'own' ? ' on its own telephone' : '';
      return `The mailbox of ${mailbox.address} is locked after ${count}${whose}.`;
    }
    case 'report':
      return `The user of the mailbox ${alert.mailbox.address} reports that somebody else has used it. It is locked until an administrator unlocks it.`;
  }
}

/** An alert as it is posted (README.md of this folder). */
export function alertBody(id: string, alert: OperatorAlert): string {
  const { kind, at, ...facts } = alert;
  return JSON.stringify({ id, kind, at: new Date(at).toISOString(), text: alertText(alert), ...facts });
}
