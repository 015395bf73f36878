import { describe, expect, it } from 'vitest';
import { bodyOf, post, useStockedApi } from '../../../testing/http/stocked-api.ts';
import type { TestAnswer, TestRequest } from '../../../testing/http/test-api.ts';
import { EnabledMailbox } from '../schemas/mailboxes.ts';

const api = useStockedApi();

/** Typed in this test and nowhere else; refused ones among them. */
const TYPED = ['2847593', '9472835', '5839274', '424242', '87654321', '31', '7294853x'];

describe('a PIN', () => {
  it('is in no answer, no line of the log, no audit record and nowhere in the database', async () => {
    const answers: TestAnswer[] = [];
    const ask = async (path: string, request: TestRequest): Promise<TestAnswer> => {
      const answer = await api.ask(path, request);
      answers.push(answer);
      return answer;
    };
    const mailbox = (pin: object, extension: string) => ({
      address: `u${extension}@contoso.com`,
      displayName: 'U',
      extensions: [extension],
      policy: api.policy.name,
      ...pin,
    });
    const first = await ask('/mailboxes', post(mailbox({ pin: TYPED[0] }, '50001')));
    const typed = bodyOf(first, 201, EnabledMailbox);
    const generated = bodyOf(await ask('/mailboxes', post(mailbox({}, '50002'))), 201, EnabledMailbox);
    for (const [index, pin] of TYPED.entries()) {
      const request = post({ pin }, { headers: { 'idempotency-key': `pin-${index}` } });
      for (const query of ['?whatIf=true', '', '']) await ask(`/mailboxes/${typed.id}/pin/reset${query}`, request);
      await ask('/mailboxes', post(mailbox({ pin }, '50003')));
      await ask(`/mailboxes/${typed.id}/pin/reset`, post(`{"pin":"${pin}"`));
      await ask(`/mailboxes/${typed.id}/pin/reset`, post({ pin: Number.parseInt(pin, 10), why: pin }));
      await ask(`/mailboxes/${typed.id}`, { method: 'PATCH', body: { pin } });
      await ask(`/mailboxes/${typed.id}/pin/reset`, post({ pin }, { as: 'view-only' }));
    }
    await ask(`/mailboxes/${generated.id}/pin/reset`, post());
    for (const path of ['', '/pin', '/mail', '/timeline']) await ask(`/mailboxes/${typed.id}${path}`, {});
    for (const path of ['/mailboxes', '/audit', '/audit/export']) await ask(path, {});
    const letters = await Promise.all([typed, generated].map(({ id }) => api.service.letters(id as never)));
    const mailed = letters.flat().flatMap(({ pin }) => (pin === undefined ? [] : [pin]));
    expect(mailed.length).toBeGreaterThan(1);
    const told = [
      ...answers.map(({ text, headers }) => `${text}${JSON.stringify([...headers])}`),
      ...api.service.log.lines.map((line) => JSON.stringify(line)),
      ...(await api.service.stored.rows()).map(({ values }) => JSON.stringify(values)),
    ];
    for (const pin of [...TYPED, ...mailed].filter((one) => one.length > 5)) {
      expect(told.filter((text) => new RegExp(`(?<![0-9a-f])${pin}(?![0-9a-f])`).test(text))).toEqual([]);
    }
  });
});
