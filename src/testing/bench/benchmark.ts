import type { Phone } from '../phone/phone.ts';
import type { PromptPack } from '../phone/prompt-pack.ts';
import type { ServiceProcess } from '../service-process.ts';
import type { BenchService } from './bench-service.ts';
import type { CallBook } from './call-book.ts';
import type { Failures } from './failures.ts';

/** What every benchmark works with: one running service, one phone, one directory. */
export interface Bench {
  readonly service: ServiceProcess;
  readonly phone: Phone;
  /** What the service may say. */
  readonly prompts: PromptPack;
  /** The URI of the access number. */
  readonly target: string;
  /** Whose mailboxes are signed in to. */
  readonly callers: BenchService['callers'];
  /** Whose mailboxes are attacked. */
  readonly victims: BenchService['victims'];
  /** How much is measured, above 0: 1 for figures to rely on, less for a look. */
  readonly scale: number;
  /** Where whatever was wrong is kept: it fails the run, as a figure that misses its aim does not. */
  readonly failures: Failures;
  /** The calls that were made, to be compared with what the service says of them. */
  readonly book: CallBook;
}

/** One quantity that was measured many times, in milliseconds. */
export interface Measurement {
  readonly label: string;
  readonly values: readonly number[];
  /** What its 95th percentile should not exceed, in milliseconds. */
  readonly aim?: number;
}

/** What a benchmark found. */
export interface Findings {
  readonly measurements: readonly Measurement[];
  /** Whole sentences: how it was measured where that is not plain, and figures that are no distribution. */
  readonly notes: readonly string[];
}

/** One benchmark, chosen by its name on the command line. */
export interface Benchmark {
  readonly name: string;
  /** What it measures, in half a sentence. */
  readonly about: string;
  /** Rejects only for what makes the whole benchmark useless; a call that goes wrong is noted in `failures`. */
  run(bench: Bench): Promise<Findings>;
}
