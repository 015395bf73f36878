import type { ApiRequest } from '../api-client.ts';
import type { CmdletContext, CmdletResult } from '../cmdlet.ts';
import type { View } from '../format/view.ts';
import { limitOf, type Parameter } from '../parameter.ts';

/** As many as Exchange shows unasked. */
const RESULT_SIZE = 1_000;

/** How much of a list is shown. */
export const RESULT_SIZE_PARAMETER: Parameter = {
  name: 'ResultSize',
  kind: 'number-or-unlimited',
  help: `At most so many, or Unlimited; ${RESULT_SIZE} when absent.`,
};

/** At most how many records a command is to show. */
export const resultSizeOf = ({ parameters }: Pick<CmdletContext, 'parameters'>): number | 'unlimited' =>
  limitOf(parameters, 'ResultSize') ?? RESULT_SIZE;

/** Shows a list of the API. */
export async function showList(
  context: CmdletContext,
  path: readonly string[],
  query: NonNullable<ApiRequest['query']>,
  view: View,
): Promise<CmdletResult> {
  const { records, more } = await context.api.list(path, query, resultSizeOf(context));
  return { kind: 'many', records, more, view };
}
