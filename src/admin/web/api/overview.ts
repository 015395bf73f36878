import { refusalOf, Unreachable } from './failure.ts';
import { defaults } from './operations.ts';

export interface Overview {
  readonly lockedOut: number;
  readonly pinResetsToday: number;
  readonly lockoutsToday: number;
  readonly mailsWaiting: number;
  readonly mailsRefused: number;
  readonly liveCalls: number;
  readonly at: string;
}

export async function readOverview(): Promise<Overview> {
  const send = defaults.fetch ?? fetch;
  const response = await send('/api/v1/overview');
  const text = await response.text();
  if (!response.ok) throw refusalOf(response.status, text, response.headers);
  if (text === '') throw new Unreachable();
  return JSON.parse(text);
}
