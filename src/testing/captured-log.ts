import type { Log, LogFields } from '../domain/log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: LogFields;
  readonly message: string;
}

/** A log that keeps its lines, those of its children too, so that a test can read what was logged. */
export class CapturedLog implements Log {
  readonly lines: LogLine[];
  readonly #bindings: LogFields;

  constructor(bindings: LogFields = {}, lines: LogLine[] = []) {
    this.#bindings = bindings;
    this.lines = lines;
  }

  debug(fields: LogFields, message: string): void {
    this.#keep('debug', fields, message);
  }

  info(fields: LogFields, message: string): void {
    this.#keep('info', fields, message);
  }

  warn(fields: LogFields, message: string): void {
    this.#keep('warn', fields, message);
  }

  error(fields: LogFields, message: string): void {
    this.#keep('error', fields, message);
  }

  child(bindings: LogFields): Log {
    return new CapturedLog({ ...this.#bindings, ...bindings }, this.lines);
  }

  #keep(level: LogLine['level'], fields: LogFields, message: string): void {
    this.lines.push({ level, fields: { ...this.#bindings, ...fields }, message });
  }
}
