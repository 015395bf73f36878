import type { FastifyRequest } from 'fastify';
import type { PinResetResult, PinResetRequest as ResetOrder } from '../../../services/pin-administration.ts';
import { pinStatusAnswer } from '../answers/pin-answer.ts';
import type { HttpParts, RoutePlugin } from '../parts.ts';
import { requesterOf, requireRole } from '../principal.ts';
import { raise } from '../problems.ts';
import { pinRefused } from '../refusals.ts';
import { ANY_ROLE, type HttpApp } from '../route.ts';
import { IdempotencyHeaders, refTo, WhatIfQuery } from '../schemas/common.ts';
import { MailboxParams } from '../schemas/mailboxes.ts';
import {
  LockAnswer,
  PinResetAnswer,
  PinResetRequest,
  PinStatus,
  type PinResetAnswer as Reset,
} from '../schemas/pins.ts';
import { emptyBodyIsEmpty, mailboxOf, markWhatIf, noSuchMailbox, useCasesOf } from './support.ts';

const PINS = 'PINs and locks';
const MAY_RESET = ['organization-management', 'um-management', 'help-desk'] as const;
const MAY_CHOOSE_MAIL = ['organization-management', 'um-management'] as const;

/** Where the new PIN goes is for UM Management to say: Help Desk mails it to the user's own address (SPEC §5). */
function refuseMailChoices(request: FastifyRequest, { sendEmail, notifyEmail }: PinResetRequest): void {
  if (sendEmail === undefined && notifyEmail === undefined) return;
  requireRole(request, 'choose where a PIN is mailed', ...MAY_CHOOSE_MAIL);
}

function resetAnswer(result: PinResetResult, { pin }: ResetOrder, userId: string): Reset {
  switch (result.kind) {
    case 'reset': {
      const { pinExpired, lockedOut } = result;
      const mails = result.mails.map((mail) => ({ ...mail, state: 'waiting' as const }));
      return { userId, pinGenerated: pin === undefined, pinExpired, lockedOut, mails };
    }
    case 'no-such-mailbox':
      return noSuchMailbox();
    case 'refused':
      return raise(pinRefused(result.refusal));
    case 'generated-unmailed':
      return raise({ name: 'generated-unmailed', detail: 'Give a PIN, or let the generated one be mailed.' });
    case 'not-an-address':
      return raise({
        name: 'not-an-address',
        detail: 'The address to be notified is no mail address.',
        more: { setting: 'notifyEmail' },
      });
    case 'history-attempts-used-up':
      return raise({
        name: 'history-attempts-used-up',
        detail: 'Too many PINs typed for this mailbox today had been used before. Have one generated.',
      });
  }
}

function statusRoute(app: HttpApp, { useCases }: HttpParts): void {
  app.get(
    '/mailboxes/:identity/pin',
    {
      config: { roles: ANY_ROLE, problems: ['no-such-mailbox', 'ambiguous-identity'] },
      schema: {
        operationId: 'getPinStatus',
        summary: 'See the state of a PIN',
        description: 'Whether it has to be changed, whether the mailbox is locked and why, and how sign-ins went.',
        tags: [PINS],
        params: MailboxParams,
        response: { 200: refTo(PinStatus, 'The state of the PIN.') },
      },
    },
    async ({ params: { identity } }) => {
      const { id } = await mailboxOf(useCases, identity);
      return pinStatusAnswer((await useCases.pinAdministration.status(id)) ?? noSuchMailbox());
    },
  );
}

function resetRoute(app: HttpApp, parts: HttpParts): void {
  app.post(
    '/mailboxes/:identity/pin/reset',
    {
      config: {
        roles: MAY_RESET,
        partly: { chooseMailRecipient: MAY_CHOOSE_MAIL },
        problems: [
          'no-such-mailbox',
          'ambiguous-identity',
          'pin-refused',
          'generated-unmailed',
          'not-an-address',
          'history-attempts-used-up',
          'overloaded',
        ],
      },
      preValidation: emptyBodyIsEmpty,
      schema: {
        operationId: 'resetPin',
        summary: 'Reset a PIN',
        description:
          'Replaces the PIN by a typed or a generated one, mails it, sets the failures to 0, opens the lock and ends the calls that are signed in. The answer never contains the PIN.',
        tags: [PINS],
        params: MailboxParams,
        querystring: WhatIfQuery,
        headers: IdempotencyHeaders,
        body: refTo(PinResetRequest),
        response: { 200: refTo(PinResetAnswer, 'The PIN is reset, or would be.') },
      },
    },
    async (request) => {
      const { body, query } = request;
      refuseMailChoices(request, body);
      const useCases = useCasesOf(parts, query);
      const { id, address } = await mailboxOf(useCases, request.params.identity);
      const result = await useCases.pinAdministration.reset(id, body, requesterOf(request));
      return markWhatIf(resetAnswer(result, body, address), query);
    },
  );
}

function lockRoute(app: HttpApp, parts: HttpParts, action: 'lock' | 'unlock'): void {
  const isLock = action === 'lock';
  app.post(
    `/mailboxes/:identity/${action}`,
    {
      config: {
        roles: MAY_RESET,
        partly: { chooseMailRecipient: MAY_CHOOSE_MAIL },
        problems: ['no-such-mailbox', 'ambiguous-identity'],
      },
      schema: {
        operationId: `${action}Mailbox`,
        summary: isLock ? 'Lock a mailbox' : 'Unlock a mailbox',
        description: isLock
          ? 'Keeps the PIN, and ends the calls that are signed in. Nobody signs in until it is unlocked.'
          : 'Keeps the PIN, and sets the failures to 0.',
        tags: [PINS],
        params: MailboxParams,
        querystring: WhatIfQuery,
        headers: IdempotencyHeaders,
        response: { 200: refTo(LockAnswer, 'The lock as it is now, or would be.') },
      },
    },
    async (request) => {
      const { params, query } = request;
      const useCases = useCasesOf(parts, query);
      const { id, address } = await mailboxOf(useCases, params.identity);
      const result = await useCases.pinAdministration[action](id, requesterOf(request));
      switch (result.kind) {
        case 'done':
          return markWhatIf({ userId: address, lockedOut: isLock, changed: result.changed }, query);
        case 'no-such-mailbox':
          return noSuchMailbox();
      }
    },
  );
}

/** What administrators do with the PIN and the lock of a mailbox. */
export const mailboxPinRoutes: RoutePlugin = (app, parts) => {
  statusRoute(app, parts);
  resetRoute(app, parts);
  lockRoute(app, parts, 'lock');
  lockRoute(app, parts, 'unlock');
};
