import type { ApiClient } from './api-client.ts';
import type { ApiRecord } from './api-record.ts';
import type { ExitCode } from './exit-codes.ts';
import type { View } from './format/view.ts';
import type { Host } from './host.ts';
import type { BoundParameters, Parameter } from './parameter.ts';

/** What a cmdlet works with. */
export interface CmdletContext {
  readonly parameters: BoundParameters;
  readonly api: ApiClient;
  readonly host: Host;
  /** Whether nothing is to be changed. */
  readonly whatIf: boolean;
}

/** What a cmdlet shows. */
export type CmdletResult =
  | { readonly kind: 'one'; readonly record: ApiRecord; readonly view: View; readonly sentence?: string }
  | {
      readonly kind: 'many';
      readonly records: readonly ApiRecord[];
      readonly view: View;
      /** Whether the service has more than were asked for. */
      readonly more: boolean;
      readonly exitCode?: ExitCode;
      /** What is told beside the records, on standard error. */
      readonly notice?: string;
    }
  /** Something was done; the record is shown only when a form for it was asked for. */
  | { readonly kind: 'done'; readonly sentence: string; readonly record: ApiRecord; readonly view: View };

/** One cmdlet, as it is called, explained and carried out. */
export interface Cmdlet {
  readonly name: string;
  /** One line. */
  readonly synopsis: string;
  readonly parameters: readonly Parameter[];
  /** Changing cmdlets know -WhatIf and -Confirm; a destructive one asks unless told not to. */
  readonly effect: 'looks' | 'changes' | 'destroys';
  /** What is about to happen, as the middle of "What if: it would …" and "Shall it …?". Absent where nothing changes. */
  readonly intent?: (parameters: BoundParameters) => string;
  /** Who may do it, where it changes something; else UM Management or Organization Management. */
  readonly roles?: (parameters: BoundParameters) => string;
  readonly notes?: readonly string[];
  readonly examples: readonly { readonly command: string; readonly what: string }[];
  /** @throws Failure, which says why it was not done. */
  run(context: CmdletContext): Promise<CmdletResult>;
}
