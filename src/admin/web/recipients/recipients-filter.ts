import { useSearchParams } from 'wouter';

export const STATE_FILTERS = ['all', 'locked', 'pinExpired', 'firstTime', 'mailProblem'] as const;
export type StateFilter = (typeof STATE_FILTERS)[number];

export interface RecipientsFilter {
  readonly search: string;
  readonly state: StateFilter;
  readonly policy: string;
  readonly dialPlan: string;
}

/** What the list is narrowed to: in the address of the page, so that it can be kept, sent and gone back to. */
export function useRecipientsFilter(): readonly [RecipientsFilter, (changes: Partial<RecipientsFilter>) => void] {
  const [params, setParams] = useSearchParams();
  const state = STATE_FILTERS.find((one) => one === params.get('state')) ?? 'all';
  const filter: RecipientsFilter = {
    search: params.get('search') ?? '',
    state,
    policy: params.get('policy') ?? '',
    dialPlan: params.get('dialPlan') ?? '',
  };
  const change = (changes: Partial<RecipientsFilter>) => {
    const next = Object.entries({ ...filter, ...changes }).filter(([, value]) => value !== '' && value !== 'all');
    setParams(new URLSearchParams(next), { replace: true });
  };
  return [filter, change];
}

/** The same as the API's query has it. */
export function queryOf({ search, state, policy, dialPlan }: RecipientsFilter) {
  return {
    ...(search.trim() === '' ? {} : { search: search.trim() }),
    ...(state === 'all' ? {} : { [state]: true }),
    ...(policy === '' ? {} : { policy }),
    ...(dialPlan === '' ? {} : { dialPlan }),
  };
}
