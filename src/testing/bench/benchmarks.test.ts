import { expect, it } from 'vitest';
import { loadServicePrompts, Phone } from '../phone/phone.ts';
import { ACCESS_NUMBER, startBenchService } from './bench-service.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { CallBook } from './call-book.ts';
import { Failures } from './failures.ts';

it('can be carried out, all at once and with a few calls each, and find nothing wrong', async () => {
  const { service, callers, victims } = await startBenchService();
  await using _ = service;
  const prompts = await loadServicePrompts();
  await using phone = await Phone.create({ prompts });
  const target = service.uri(ACCESS_NUMBER);
  const failures = new Failures();
  const common = { service, phone, prompts, target, callers, victims, scale: 0.04, failures };
  const found = await Promise.all(
    BENCHMARKS.map(async (benchmark) => {
      const book = new CallBook();
      return { ...(await benchmark.run({ ...common, book })), calls: book.size };
    }),
  );
  expect(failures.describe()).toBe('');
  for (const { measurements, notes, calls } of found) {
    expect(calls).toBeGreaterThan(0);
    expect(measurements.length).toBeGreaterThan(0);
    expect(notes.length).toBeGreaterThan(0);
  }
  await phone.close();
  await service.stop();
  expect(service.lines.filter(({ level }) => level === 'error')).toEqual([]);
}, 60_000);
