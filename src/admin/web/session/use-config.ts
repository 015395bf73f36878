import { useQuery } from '@tanstack/react-query';
import { readConfig } from '../api/web.ts';

/** How people can sign in here. */
export const useConfig = () =>
  useQuery({ queryKey: ['config'], queryFn: readConfig, staleTime: Number.POSITIVE_INFINITY });
