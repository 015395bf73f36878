import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ExportedAuditRecord } from '../../../services/audit-search.ts';
import { bodyOf, expectProblem, post, startStockedApi, useStockedApi } from '../../../testing/http/stocked-api.ts';
import { administrationParts } from '../../../testing/http/test-api.ts';
import type { TestService } from '../../../testing/test-service.ts';
import type { HttpParts } from '../parts.ts';
import { AuditRecordList, AuditVerification, type ExportedAuditRecord as Line, Timeline } from '../schemas/audit.ts';

const api = useStockedApi();

const found = async (query: string) => bodyOf(await api.ask(`/audit?${query}`), 200, AuditRecordList);
const linesOf = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

describe('the audit trail', () => {
  it('is searched newest first, page by page, by everything that it can be filtered by', async () => {
    const mailbox = await api.mailbox();
    await api.service.clock.advance(60_000);
    await api.ask(`${mailbox.path}/lock`, post(undefined, { as: 'help-desk' }));
    const [newest, older] = (await found(`mailbox=${encodeURIComponent(mailbox.address)}`)).items;
    expect(newest).toMatchObject({
      action: 'lock',
      outcome: 'done',
      at: '2026-01-15T09:31:00.000Z',
      actor: { kind: 'administrator' },
      source: { kind: 'http', address: '127.0.0.1' },
      mailbox: { id: mailbox.id, address: mailbox.address },
      reason: 'on-request',
    });
    expect(older).toMatchObject({ action: 'mailbox-enabled' });
    expect((await found('action=lock')).items).toEqual([newest]);
    expect((await found(`actor=${encodeURIComponent(newest?.actor.name ?? '')}`)).items).toEqual([newest]);
    expect((await found('from=2026-01-15T09:31:00Z')).items).toEqual([newest]);
    expect((await found('from=2026-01-15T10:31:00%2B01:00&outcome=done')).items).toEqual([newest]);
    expect((await found('to=2026-01-15T09:31:00Z')).items[0]).toEqual(older);
    expect((await found('outcome=refused')).items).toEqual([]);
    const sequences: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: { sequence: number }[]; next: string | null } = await found(
        `limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      sequences.push(...page.items.map(({ sequence }) => sequence));
      cursor = page.next;
    }
    expect(sequences).toEqual(Array.from(sequences, (_, index) => sequences.length - index));
  });

  it.each(['from=yesterday', 'action=nonsense', 'from=2026-13-01T00:00:00Z', 'limit=-1', 'cursor=x'])(
    'is not searched for ?%s',
    async (query) => {
      expectProblem(await api.ask(`/audit?${query}`), 'invalid-request', { errors: [expect.anything()] });
    },
  );

  it('is exported in its order, with what was sealed', async () => {
    const mailbox = await api.mailbox();
    const answer = await api.ask('/audit/export');
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    const lines = linesOf(answer.text);
    expect(lines.map(({ sequence }) => sequence)).toEqual(lines.map((_, index) => index + 1));
    const stored = await api.service.database.audit.from(1, 10_000);
    expect(lines.map(({ entry, keyId, mac }) => ({ entry, keyId, mac }))).toEqual(
      stored.map(({ entry, keyId, mac }) => ({ entry, keyId, mac })),
    );
    const some = linesOf((await api.ask(`/audit/export?mailbox=${mailbox.id}&action=mailbox-enabled`)).text);
    expect(some).toEqual([lines.at(-1)]);
    expect((await api.ask('/audit/export?action=keys')).text).toBe('');
  });

  it('is told to be broken where it is', async () => {
    const whole = bodyOf(await api.ask('/audit/verify', post()), 200, AuditVerification);
    const { records } = whole;
    const head = { sequence: records, keyId: expect.any(String), mac: expect.any(String) };
    expect(whole).toEqual({ intact: true, records: expect.any(Number), head, break: null });
    await api.service.stored.run(`update audit_record set entry = replace(entry, 'done', 'gone') where sequence = 2`);
    const broken = bodyOf(await api.ask('/audit/verify', post()), 200, AuditVerification);
    expect(broken).toEqual({ intact: false, records: 1, head: null, break: { sequence: 2, kind: 'altered' } });
    await api.service.stored.run(`update audit_record set entry = replace(entry, 'gone', 'done') where sequence = 2`);
  });
});

describe('the timeline of a mailbox', () => {
  it('is one story of mails and records, newest first', async () => {
    const mailbox = await api.mailbox();
    for (const path of ['lock', 'unlock', 'pin/reset']) {
      await api.service.clock.advance(1_000);
      await api.ask(`${mailbox.path}/${path}`, post());
    }
    const { items } = bodyOf(await api.ask(`${mailbox.path}/timeline`), 200, Timeline);
    const moments = items.map(({ at }) => at);
    expect(moments).toEqual([...moments].sort().reverse());
    expect(new Set(items.map(({ kind }) => kind))).toEqual(
      new Set(['pin-reset', 'mail-queued', 'unlock', 'lock', 'mailbox-enabled']),
    );
    const walked: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path: string = `${mailbox.path}/timeline?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const page = bodyOf(await api.ask(path), 200, Timeline);
      walked.push(...page.items);
      cursor = page.next;
    }
    expect(walked).toEqual(items);
  });
});

/** An export without an end: what there is, again and again. */
class EndlessExport {
  parts = 0;
  readonly ended = Promise.withResolvers<void>();

  of(service: TestService): Partial<HttpParts> {
    const { auditSearch } = administrationParts(service);
    const export_ = (filter: object) => this.#again(auditSearch.export(filter));
    return { auditSearch: { find: (filter, part) => auditSearch.find(filter, part), export: export_ } };
  }

  async *#again(
    records: AsyncIterable<readonly ExportedAuditRecord[]>,
  ): AsyncGenerator<readonly ExportedAuditRecord[]> {
    try {
      const all = (await Array.fromAsync(records)).flat();
      for (;;) {
        this.parts += 1;
        yield Array.from({ length: 100 }, () => all).flat();
      }
    } finally {
      this.ended.resolve();
    }
  }
}

describe('an export to a client', () => {
  it('is refused while four are under way, and had when one of them has gone', async () => {
    const endless = new EndlessExport();
    const slow = await startStockedApi({ parts: (service) => endless.of(service) });
    const headers = { authorization: `Bearer ${slow.tokens['view-only']}` };
    const begun: ClientRequest[] = [];
    const begin = async () => {
      const request = get(`${slow.url}/api/v1/audit/export`, { headers });
      begun.push(request.on('error', () => undefined));
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      answer.on('error', () => undefined);
      answer.pause();
      return answer.statusCode;
    };
    try {
      expect([await begin(), await begin(), await begin(), await begin()]).toEqual([200, 200, 200, 200]);
      const fifth = await slow.ask('/audit/export');
      expect(fifth.json).toMatchObject({ type: '/api/v1/problems/overloaded', status: 503 });
      expect(fifth.headers.get('retry-after')).toBe('5');
      begun[0]?.destroy();
      await expect.poll(begin, { timeout: 10_000 }).toBe(200);
    } finally {
      for (const request of begun) request.destroy();
      await slow.close();
    }
  });

  it('that does not read waits for it, and ends when it goes away', async () => {
    const endless = new EndlessExport();
    const slow = await startStockedApi({ parts: (service) => endless.of(service) });
    try {
      const headers = { authorization: `Bearer ${slow.tokens['view-only']}` };
      const request = get(`${slow.url}/api/v1/audit/export`, { headers });
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      answer.pause();
      let before = -1;
      for (let quiet = 0; quiet < 50; ) {
        await turn();
        quiet = endless.parts === before ? quiet + 1 : 0;
        before = endless.parts;
      }
      const held = endless.parts;
      expect((await slow.ask('/audit')).status).toBe(200);
      expect(endless.parts).toBeLessThan(held + 100);
      request.destroy();
      answer.on('error', () => undefined);
      await endless.ended.promise;
      expect(slow.service.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    } finally {
      await slow.close();
    }
  });
});
