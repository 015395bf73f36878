import { Counter, Histogram, type Registry } from 'prom-client';
import {
  COUNTED,
  type Counted,
  type CountedKind,
  type Meter,
  OBSERVED,
  type Observed,
  type ObservedKind,
} from '../../../domain/meter.ts';

interface Naming {
  readonly name: string;
  readonly help: string;
  /** What the kinds are called. */
  readonly label: string;
}

const COUNTERS: Readonly<Record<Counted, Naming>> = {
  'sign-in': { name: 'touchtone_sign_ins_total', help: 'Attempts to sign in, by how they came out.', label: 'outcome' },
  'pin-reset': {
    name: 'touchtone_pin_resets_total',
    help: 'PINs that were replaced, by what or who did it.',
    label: 'cause',
  },
  lockout: { name: 'touchtone_lockouts_total', help: 'Mailboxes that were locked.', label: 'cause' },
  unlock: { name: 'touchtone_unlocks_total', help: 'Locks that were opened.', label: 'cause' },
  'source-limit': {
    name: 'touchtone_source_limits_total',
    help: 'Sources whose failed sign-ins have reached a limit; each once an hour.',
    label: 'limit',
  },
  'spray-alarm': {
    name: 'touchtone_spray_alarms_total',
    help: 'Sources from which sign-ins failed at many mailboxes.',
    label: 'source',
  },
  mail: { name: 'touchtone_mails_total', help: 'Attempts to deliver a mail, and mails given up.', label: 'outcome' },
  alert: {
    name: 'touchtone_alerts_total',
    help: 'Alerts to the webhook; retried are attempts that failed.',
    label: 'outcome',
  },
  'sign-in-link': {
    name: 'touchtone_sign_in_links_total',
    help: 'Links for users to sign in by: mailed, used, no good when they were shown, not made for too many were asked for.',
    label: 'outcome',
  },
  'media-restart': {
    name: 'touchtone_media_server_restarts_total',
    help: 'Threads of the embedded media server that were lost and started again, by how they were lost.',
    label: 'cause',
  },
};

interface Timing extends Naming {
  /** Upper ends of the buckets, in seconds. */
  readonly buckets: readonly number[];
}

const HISTOGRAMS: Readonly<Record<Observed, Timing>> = {
  'hash-wait': {
    name: 'touchtone_hash_wait_seconds',
    help: 'How long a hash waited for its turn.',
    label: 'purpose',
    buckets: [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8],
  },
  hash: {
    name: 'touchtone_hash_seconds',
    help: 'How long a hash took once it was its turn.',
    label: 'purpose',
    buckets: [0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1],
  },
  'digit-to-prompt': {
    name: 'touchtone_digit_to_prompt_seconds',
    help: 'From the key that completed an entry to the first sound of the answer, with or without a service asked meanwhile.',
    label: 'answered_by',
    buckets: [0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10],
  },
};

const keysOf = <K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] => Object.keys(record) as K[];

/** The meter of the program, on a registry: every series is there from the start, at 0. */
export function createMeter(registry: Registry): Meter {
  const registers = [registry];
  const counters = new Map(
    keysOf(COUNTERS).map((what) => {
      const { name, help, label } = COUNTERS[what];
      const counter = new Counter({ name, help, labelNames: [label], registers });
      for (const kind of COUNTED[what]) counter.inc({ [label]: kind }, 0);
      return [what, counter] as const;
    }),
  );
  const histograms = new Map(
    keysOf(HISTOGRAMS).map((what) => {
      const { name, help, label, buckets } = HISTOGRAMS[what];
      const histogram = new Histogram({ name, help, labelNames: [label], buckets: [...buckets], registers });
      for (const kind of OBSERVED[what]) histogram.zero({ [label]: kind });
      return [what, histogram] as const;
    }),
  );
  return {
    count: <C extends Counted>(what: C, kind: CountedKind<C>) => {
      counters.get(what)?.inc({ [COUNTERS[what].label]: kind });
    },
    observe: <O extends Observed>(what: O, kind: ObservedKind<O>, milliseconds: number) => {
      histograms.get(what)?.observe({ [HISTOGRAMS[what].label]: kind }, milliseconds / 1_000);
    },
  };
}
