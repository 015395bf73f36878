import { HeaderList } from '../sip/headers.ts';
import { responseTo } from '../sip/message.ts';
import { type EdgeContext, sendCdr, sentFacts } from './edge-context.ts';
import type { EdgeDialog } from './edge-dialog.ts';
import type { RequestSender } from './request-sender.ts';
import { sipMessage } from './wire.ts';

/** Ends dialogs that nobody else ends. */
export class Farewell {
  readonly #context: EdgeContext;
  readonly #sender: RequestSender;

  constructor(context: EdgeContext, sender: RequestSender) {
    this.#context = context;
    this.#sender = sender;
  }

  /** Takes a dialog out of the store; a re-INVITE that is still open on it gets 487. Harmless when it is over. */
  over(dialog: EdgeDialog): void {
    if (dialog.state === 'over') return;
    dialog.move('over');
    this.#context.dialogs.remove(dialog);
    const invite = dialog.incomingInvite;
    dialog.incomingInvite = undefined;
    if (invite !== undefined && !invite.answered) {
      invite.respond(responseTo(invite.received.message, 487, { toTag: dialog.sip.localTag }));
    }
  }

  /**
   * Sends BYE on the server's own account and tells the owner of it, as drachtio-server does: a request "from the
   * application" under the transaction id "unsolicited", whose Reason drachtio-srf gives to the call.
   *
   * @param reason the text of the Reason header (RFC 3326).
   */
  bye(dialog: EdgeDialog, reason: string): void {
    if (dialog.state !== 'answered' && dialog.state !== 'confirmed') return;
    dialog.move('ending');
    const request = dialog.sip.request('BYE', HeaderList.of([['Reason', `SIP;cause=200;text="${reason}"`]]));
    this.#sender.locateDialog(dialog, (located) => {
      const over = () => this.over(dialog);
      if (located.kind !== 'found') {
        over();
        return;
      }
      const { destination } = located;
      const sent = this.#sender.send(request, destination, {
        onResponse: (response) => {
          if (response.message.status >= 200) over();
        },
        onTimeout: over,
        onTransportError: over,
      });
      const ids = { transactionId: 'unsolicited', dialogId: dialog.id };
      const facts = sentFacts(this.#context, destination.transport, destination.address);
      dialog.owner.send(sipMessage(facts, ids, sent.request));
      sendCdr(this.#context, 'stop', 'application', sent.request, 'system-initiated-termination');
    });
  }
}
