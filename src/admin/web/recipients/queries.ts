import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { answerOf, done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import {
  getMailbox,
  getMailboxPolicy,
  getPinStatus,
  getTimeline,
  listDialPlans,
  listMail,
  listMailboxes,
  listMailboxPolicies,
} from '../api/operations.ts';
import { queryOf, type RecipientsFilter } from './recipients-filter.ts';

/** A mailbox, and its revision for changes that depend on what was read. */
export const useMailbox = (id: string) =>
  useQuery({
    queryKey: [...KEYS.mailbox(id), 'settings'],
    queryFn: async ({ signal }) => {
      const { data, headers } = await answerOf(getMailbox(id, { signal }));
      return { mailbox: data, revision: headers.get('etag') ?? undefined };
    },
  });

export const useMailboxes = (filter: RecipientsFilter, cursor: string | undefined) =>
  useQuery({
    queryKey: [...KEYS.mailboxes, filter, cursor],
    queryFn: ({ signal }) =>
      done(listMailboxes({ ...queryOf(filter), ...(cursor === undefined ? {} : { cursor }) }, { signal })),
    placeholderData: keepPreviousData,
  });

export const usePinStatus = (id: string) =>
  useQuery({ queryKey: [...KEYS.mailbox(id), 'pin'], queryFn: ({ signal }) => done(getPinStatus(id, { signal })) });

/** The newest mails. While one waits it is looked at again, besides whatever the events tell. */
export const useMails = (id: string) =>
  useQuery({
    queryKey: [...KEYS.mailbox(id), 'mail'],
    queryFn: ({ signal }) => done(listMail(id, { limit: 20 }, { signal })),
    refetchInterval: ({ state }) => (state.data?.items.some((mail) => mail.state === 'waiting') ? 5_000 : false),
  });

export const useTimeline = (id: string, cursor: string | undefined) =>
  useQuery({
    queryKey: [...KEYS.mailbox(id), 'timeline', cursor],
    queryFn: ({ signal }) =>
      done(getTimeline(id, { limit: 30, ...(cursor === undefined ? {} : { cursor }) }, { signal })),
    placeholderData: keepPreviousData,
  });

export const usePolicies = () =>
  useQuery({
    queryKey: KEYS.policies,
    queryFn: ({ signal }) => done(listMailboxPolicies({ limit: 200 }, { signal })),
  });

export const useDialPlans = () =>
  useQuery({ queryKey: KEYS.dialPlans, queryFn: ({ signal }) => done(listDialPlans({ limit: 200 }, { signal })) });

/** The policy that a PIN is judged by. */
export const usePolicy = (id: string) =>
  useQuery({
    queryKey: [...KEYS.policies, id],
    queryFn: async ({ signal }) => {
      const { data, headers } = await answerOf(getMailboxPolicy(id, { signal }));
      return { policy: data, revision: headers.get('etag') ?? undefined };
    },
  });
