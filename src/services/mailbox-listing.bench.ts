import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../storage/open-database.ts';
import { systemClock } from '../system-clock.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { openTestParts } from '../testing/service-parts.ts';
import type { MailboxFilter } from './mailbox-administration.ts';
import { createMailboxAdministration } from './mailbox-administration-service.ts';

/** How long lists of mailboxes take, and how long the longest statement of each keeps every call waiting. */
const MAILBOXES = 20_000;

const ROWS = `
  insert into dial_plan (id, name, extension_digits, logon_failures_before_disconnect, input_failures_before_disconnect,
    max_call_duration, default_language) values ('plan-1', 'One', 5, 3, 3, 30, 'en-US');
  insert into mailbox_policy (id, dial_plan_id, name, min_pin_length, pin_history_count, allow_common_patterns,
    allow_subscriber_access) values ('policy-1', 'plan-1', 'One Default Policy', 8, 7, 1, 0);
  insert into pin_key values ('key-1', 'check');
  with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${MAILBOXES})
    insert into mailbox (id, dial_plan_id, policy_id, address, display_name, language, subscriber_access, alias, search_text)
    select lower(hex(randomblob(16))), 'plan-1', 'policy-1', 'user' || n || '@contoso.com', 'User ' || n, 'en-US', 1,
      'user' || n, 'user ' || n || char(10) || 'user' || n || '@contoso.com' || char(10) || 'user' || n from numbers;
  insert into mailbox_extension select 'plan-1', 50000 + rowid, id, 0 from mailbox;
  insert into credential select 'c-' || id, id, '$argon2id' || hex(randomblob(40)), 'key-1', 3, 2, 1, 0, 0, 0, null, null,
    null, null, null, null, 1, 7, 8, 1785000000000, 0, 0, 1 from mailbox;
  with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 5)
    insert into outbox select id || n, mailbox.rowid * 5 + n, id, 'lockout', '{"kind":"lockout","address":"a@b"}', null, null,
      5, 'delivered', 3, 6, 7, null from mailbox, numbers;`;

const LISTS: Readonly<Record<string, MailboxFilter>> = {
  'the first 200': {},
  'a search that finds nothing': { search: 'nobody' },
  'a search by digits': { search: '69999' },
  'the locked ones, none': { locked: true },
  'those with a PIN expired, none': { pinExpired: true },
  'those with a mail problem, none': { mailProblem: true },
  'all of it at once': { search: 'user', locked: false, pinExpired: true, firstTime: false, mailProblem: false },
};

const folder = await mkdtemp(join(tmpdir(), 'touchtone-list-'));
const file = join(folder, 'touchtone.db');
const log = new CapturedLog();
const clock = { ...systemClock, now: () => 1_785_000_001_000 };
let longest = 0;
const onStatement = (_sql: string, milliseconds: number): void => {
  longest = Math.max(longest, milliseconds);
};
const database = await openDatabase({ file, log, clock, onStatement });
const parts = await openTestParts({ database, clock, log, keyFile: join(folder, 'keys.json') });
{
  using writer = new DatabaseSync(file);
  writer.exec(ROWS);
}
const administration = createMailboxAdministration(parts);
for (const [name, filter] of Object.entries(LISTS)) {
  const runs: { readonly whole: number; readonly longest: number; readonly cpu: number }[] = [];
  for (let run = 0; run < 7; run++) {
    longest = 0;
    const [start, used] = [performance.now(), process.cpuUsage()];
    const { items } = await administration.list(filter, { limit: 200 });
    if (name === 'the first 200' && items.length !== 200) throw new Error(`There are ${items.length}`);
    const { user, system } = process.cpuUsage(used);
    runs.push({ whole: performance.now() - start, longest, cpu: (user + system) / 1_000 });
  }
  const median = (values: readonly number[]): string => (values.toSorted((a, b) => a - b)[3] ?? 0).toFixed(1);
  const [whole, cpu] = [median(runs.map((run) => run.whole)), median(runs.map((run) => run.cpu))];
  const statement = median(runs.map((run) => run.longest));
  console.log(`${name}: ${whole} ms in all (${cpu} ms of a core), its longest statement ${statement} ms`);
}
await database.close();
await rm(folder, { recursive: true, force: true });
