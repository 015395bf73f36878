import type { Problem } from './operations.ts';

/** The service has refused, and says why. `name` is the last part of the problem's type. */
export class Refused extends Error {
  readonly problem: Problem;
  override readonly name: string;
  /** In seconds, where the service asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter: number | undefined) {
    super(problem.title);
    this.problem = problem;
    this.name = problem.type.split('/').at(-1) ?? '';
    this.retryAfter = retryAfter;
  }
}

/** No answer came: the network, or the service is not there. */
export class Unreachable extends Error {}

/** Somebody would have had to sign in again for this, and did not want to. */
export class SignedOut extends Error {}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'type' in value && 'title' in value && 'status' in value;
}

function readProblem(data: unknown): Problem | undefined {
  if (isProblem(data)) return data;
  if (typeof data !== 'string') return undefined;
  try {
    const read: unknown = JSON.parse(data);
    return isProblem(read) ? read : undefined;
  } catch {
    // A proxy in between may answer with anything.
    return undefined;
  }
}

/** What was answered instead of success: the service's problem, or one made up of the status where it told none. */
export function refusalOf(status: number, data: unknown, headers: Headers): Refused {
  const wait = Number(headers.get('retry-after') ?? Number.NaN);
  const problem = readProblem(data) ?? { type: `http/${status}`, title: `HTTP ${status}`, status };
  return new Refused(problem, Number.isFinite(wait) ? wait : undefined);
}

interface Answer {
  readonly status: number;
  readonly data?: unknown;
  readonly headers: Headers;
}

type Succeeded<T> = Extract<T, { readonly status: 200 | 201 | 202 | 204 }>;

const isSuccess = <T extends Answer>(answer: T): answer is Succeeded<T> => answer.status >= 200 && answer.status < 300;

/** The answer to an operation that succeeded. Rejects with {@link Refused}, {@link Unreachable} or {@link SignedOut}. */
export async function answerOf<T extends Answer>(asked: Promise<T>): Promise<Succeeded<T>> {
  let answer: T;
  try {
    answer = await asked;
  } catch (error) {
    if (error instanceof SignedOut) throw error;
    throw new Unreachable(error instanceof Error ? error.message : String(error));
  }
  if (!isSuccess(answer)) throw refusalOf(answer.status, answer.data, answer.headers);
  return answer;
}

/** What an operation that succeeded has answered. Rejects as {@link answerOf} does. */
export async function done<T extends Answer & { readonly data?: unknown }>(
  asked: Promise<T>,
): Promise<Succeeded<T>['data']> {
  return (await answerOf(asked)).data;
}
