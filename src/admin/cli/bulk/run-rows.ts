import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import type { Host } from '../host.ts';
import type { CsvRow } from './csv-rows.ts';
import type { Enabling } from './enable-row.ts';
import { ProgressBar } from './progress-bar.ts';
import { isDone, type RowOutcome, type RowResult } from './row-result.ts';

/** Rows that are under way at the same time: hashing a PIN keeps a core of the service busy. */
const AT_ONCE = 3;

export interface RowsRun {
  readonly results: readonly RowResult[];
  readonly exitCode: ExitCode;
  /** How it ended, for people; undefined when every row was tried. */
  readonly notice: string | undefined;
}

export interface RowsToRun {
  readonly rows: readonly CsvRow[];
  /** The row's mailbox as it will be named in the results. */
  nameOf(row: CsvRow): Pick<RowResult, 'identity' | 'extensions'>;
  enable(row: CsvRow, signal: AbortSignal): Promise<Enabling>;
  /** Is told of each result when it is known. */
  noted(result: RowResult): Promise<void>;
  readonly whatIf: boolean;
}

/**
 * Carries out the rows of a file, a few at a time. A bad row stops no other; Ctrl-C, or what concerns every row, lets
 * those under way finish and begins no other.
 */
export async function runRows(work: RowsToRun, host: Pick<Host, 'onInterrupt' | 'stderr'>): Promise<RowsRun> {
  const results = new Map<CsvRow, RowResult>();
  const interruption = new AbortController();
  const forget = host.onInterrupt(() => interruption.abort());
  const bar = new ProgressBar(host.stderr, work.rows.length);
  const waiting = work.rows.values();
  let noted = 0;
  let refused = 0;
  let stopped: Extract<Enabling, { kind: 'stopped' }> | undefined;

  const settle = async (row: CsvRow, result: RowOutcome, detail = ''): Promise<void> => {
    const settled = { line: row.line, ...work.nameOf(row), result, detail };
    results.set(row, settled);
    if (result !== 'NotTried') await work.noted(settled);
    if (!isDone(settled)) refused++;
    bar.show(++noted, refused);
  };
  const worker = async (): Promise<void> => {
    while (!interruption.signal.aborted && stopped === undefined) {
      const { value: row, done } = waiting.next();
      if (done) return;
      const enabling: Enabling =
        row.wrong === undefined ? await work.enable(row, interruption.signal) : { kind: 'refused', why: row.wrong };
      if (enabling.kind === 'stopped') stopped = enabling;
      await settle(row, ...outcomeOf(enabling, work.whatIf));
    }
  };
  bar.show(0, 0);
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    forget();
    bar.clear();
  }
  for (const row of work.rows) if (!results.has(row)) await settle(row, 'NotTried');
  bar.clear();
  return endOf(
    work.rows.flatMap((row) => results.get(row) ?? []),
    interruption.signal.aborted,
    stopped,
  );
}

function outcomeOf(enabling: Enabling, whatIf: boolean): [RowOutcome, string?] {
  switch (enabling.kind) {
    case 'enabled':
      return [whatIf ? 'WouldEnable' : 'Enabled'];
    case 'already-enabled':
      return ['AlreadyEnabled'];
    case 'interrupted':
      return ['NotTried'];
    case 'refused':
      return ['Refused', enabling.why];
    case 'stopped':
      return ['Failed', enabling.why];
  }
}

function endOf(
  results: readonly RowResult[],
  interrupted: boolean,
  stopped: Extract<Enabling, { kind: 'stopped' }> | undefined,
): RowsRun {
  const done = results.filter(isDone).length;
  const goOn = `${done} of ${results.length} rows are done. Give the same command again to go on: rows that are done are recognised.`;
  if (stopped !== undefined) {
    const exitCode =
      stopped.status === undefined || stopped.status === 401 ? EXIT_CODES.unreachable : EXIT_CODES.refused;
    return { results, exitCode, notice: `${stopped.why} ${goOn}` };
  }
  if (interrupted && results.some(({ result }) => result === 'NotTried')) {
    return { results, exitCode: EXIT_CODES.interrupted, notice: `Interrupted. ${goOn}` };
  }
  return { results, exitCode: done === results.length ? EXIT_CODES.done : EXIT_CODES.refused, notice: undefined };
}
