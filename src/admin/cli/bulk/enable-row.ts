import { createHmac, randomUUID } from 'node:crypto';
import type { ApiClient, ApiRequest } from '../api-client.ts';
import type { ApiRecord } from '../api-record.ts';
import type { Host } from '../host.ts';
import { type AskedBy, problemNameOf, problemSentence } from '../problem-sentence.ts';
import { isBusy, type PatientAnswer, sendPatiently } from './patient-sender.ts';

/** What became of a mailbox that a row asks for. */
export type Enabling =
  | { readonly kind: 'enabled' | 'already-enabled' | 'interrupted' }
  | { readonly kind: 'refused'; readonly why: string }
  /** Neither this row nor any other can be done. */
  | { readonly kind: 'stopped'; readonly why: string; readonly status: number | undefined };

export interface RowEnabler {
  readonly api: ApiClient;
  readonly pause: Host['pause'];
  /** Aborted when the command is interrupted: what waits stops waiting. */
  readonly signal: AbortSignal;
  readonly whatIf: boolean;
  /** The file as the same file is always named. */
  readonly file: string;
  readonly parameters: AskedBy['parameters'];
  readonly roles: string;
}

/**
 * Enables the mailbox of a row once, however often the file is run: by the key of the request while the service still
 * knows it, and by the mailbox that is there, with the same primary extension.
 */
export async function enableRow(enabler: RowEnabler, body: ApiRecord): Promise<Enabling> {
  const { token } = await enabler.api.connection();
  const key = idempotencyKey(token, enabler.file, body);
  const first = await post(enabler, body, key);
  if (first.kind === 'ok' && !first.replayed) return { kind: 'enabled' };
  const mayBeThere = (first.kind === 'ok' || first.kind === 'problem') && (first.replayed || isTaken(first));
  if (!mayBeThere) return outcomeOf(enabler, first);
  const known = await primaryExtensionOf(enabler, String(body.address));
  if (known.kind !== 'found') {
    // What the service remembers was true once: the mailbox was disabled since, or what was in its way is gone.
    const answer = first.replayed ? await post(enabler, body, `${key}-${randomUUID()}`) : first;
    return known.kind === 'unknown' ? known.enabling : outcomeOf(enabler, answer);
  }
  const wanted = Array.isArray(body.extensions) ? body.extensions[0] : undefined;
  if (known.extension === wanted) return { kind: 'already-enabled' };
  return { kind: 'refused', why: `The mailbox is there already, with the extension ${known.extension}.` };
}

function post({ api, pause, signal, whatIf }: RowEnabler, body: ApiRecord, idempotencyKey: string) {
  const query = { whatIf: whatIf || undefined };
  const request: ApiRequest = { method: 'POST', path: ['mailboxes'], query, body, idempotencyKey };
  return sendPatiently(api, request, { pause }, signal);
}

/**
 * The key of a row's request. The row may hold a PIN, and the service keeps the key as it is: a plain digest would let
 * whoever reads its database try PINs, so that it is keyed with the token, of which the service has a digest only.
 */
function idempotencyKey(token: string, file: string, body: ApiRecord): string {
  return createHmac('sha256', token)
    .update(JSON.stringify(['enable-mailbox', file, body]))
    .digest('base64url');
}

const isTaken = (answer: PatientAnswer): boolean =>
  answer.kind === 'problem' && ['address-taken', 'alias-taken', 'number-taken'].includes(problemNameOf(answer.problem));

type Known =
  | { readonly kind: 'found'; readonly extension: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly enabling: Enabling };

async function primaryExtensionOf(enabler: RowEnabler, address: string): Promise<Known> {
  const { api, pause, signal } = enabler;
  const answer = await sendPatiently(api, { method: 'GET', path: ['mailboxes', address] }, { pause }, signal);
  if (answer.kind === 'problem' && answer.status === 404) return { kind: 'absent' };
  if (answer.kind !== 'ok') return { kind: 'unknown', enabling: await outcomeOf(enabler, answer) };
  const { address: own, extensions } = answer.body;
  const [extension] = Array.isArray(extensions) ? extensions : [];
  const isSame = typeof own === 'string' && own.toLowerCase() === address.toLowerCase();
  return isSame && typeof extension === 'string' ? { kind: 'found', extension } : { kind: 'absent' };
}

async function outcomeOf({ api, parameters, roles }: RowEnabler, answer: PatientAnswer): Promise<Enabling> {
  switch (answer.kind) {
    case 'ok':
      return { kind: 'enabled' };
    case 'interrupted':
      return { kind: 'interrupted' };
    case 'unreachable':
      return { kind: 'stopped', why: answer.sentence, status: undefined };
    case 'problem': {
      const { tokenFrom } = await api.connection();
      const why = problemSentence(answer, { parameters, tokenFrom, roles });
      const concernsAll = answer.status === 401 || answer.status === 403 || isBusy(answer);
      return concernsAll ? { kind: 'stopped', why, status: answer.status } : { kind: 'refused', why };
    }
  }
}
