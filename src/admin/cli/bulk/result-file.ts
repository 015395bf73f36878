import { type FileHandle, open } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';
import { errorCode } from '../../../domain/error-code.ts';
import { UsageFailure } from '../failure.ts';
import type { RowResult } from './row-result.ts';

/** Spreadsheets take a file without this mark for one of another encoding. */
const BYTE_ORDER_MARK = '\ufeff';

/** The results of a run in a file, each there as soon as it is known. */
export class ResultFile implements AsyncDisposable {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Begins a file, in place of one of an earlier run. @throws UsageFailure when it cannot be written. */
  static async create(path: string): Promise<ResultFile> {
    try {
      const file = new ResultFile(await open(path, 'w', 0o600));
      await file.#write([['Line', 'Identity', 'Extensions', 'Result', 'Detail']], BYTE_ORDER_MARK);
      return file;
    } catch (error) {
      const reason = errorCode(error) ?? 'unknown error';
      throw new UsageFailure(`The results cannot be written to ${path} (${reason}); name another file by -ResultFile.`);
    }
  }

  async add({ line, identity, extensions, result, detail }: RowResult): Promise<void> {
    await this.#write([[line, identity, extensions.join(','), result, detail]]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  /** What a spreadsheet would take for a formula is made plain text. */
  async #write(rows: readonly (readonly (string | number)[])[], before = ''): Promise<void> {
    await this.#handle.appendFile(
      before +
        stringify(
          rows.map((row) => [...row]),
          { escape_formulas: true, record_delimiter: '\r\n' },
        ),
    );
  }
}
