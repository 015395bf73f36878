import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { startFaultyService } from '../faulty-service.ts';
import { type StockedMailbox, stockFolder } from '../mailbox-stock.ts';
import { FAST_KEYS } from '../phone/fast-keys.ts';
import { Phone } from '../phone/phone.ts';
import { type ServiceLogLine, ServiceProcess } from '../service-process.ts';
import { keyFast } from './callers.ts';
import { useService } from './use-service.ts';

const EMBEDDED = { DRACHTIO_URL: '', FREESWITCH_URLS: '' };
const DAY = 24 * 3_600_000;

describe('a service whose event loops stand still again and again', () => {
  it('loses no key', async () => {
    const mailboxes: StockedMailbox[] = [];
    await using faulty = await startFaultyService({
      prepare: (folder) =>
        stockFolder(folder, async (stock) => {
          for (let count = 0; count < 4; count += 1) mailboxes.push(await stock.add());
        }),
    });
    await using phone = await Phone.create();
    const signIns = mailboxes.map(async ({ extension, pin }) => {
      const call = await phone.call(faulty.service.uri('5000'));
      await call.heard('welcome');
      await call.press(`${extension}#${pin}#`, FAST_KEYS);
      await call.heard('signed-in', { within: 20_000 });
      await call.hangUp();
    });
    let over = false;
    const all = Promise.all(signIns).finally(() => {
      over = true;
    });
    // It stands still for about half of the time while the keys come.
    while (!over) {
      await faulty.do('block');
      await Promise.race([all.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 400))]);
    }
    await all;
    await faulty.service.stop(30_000);
  });
});

describe('a clock that is set', () => {
  const setting = useService({ ...EMBEDDED });

  it.each([
    ['forwards', DAY],
    ['backwards', -DAY],
  ])('%s in the middle of calls ends none, and repeats and times nothing wrongly', async (_, shift) => {
    const { service, phone } = setting;
    const call = await setting.call();
    await call.heard('welcome');
    // The answer to the second call is lost, so the edge has a timer that runs while the clock is set.
    const repeated = phone.call(service.uri(), { loseAnswers: 2 });
    service.clock.shift(shift);
    const second = await repeated;
    await keyFast(call, `${service.mailbox.extension}#${service.mailbox.pin}#`);
    await call.heard('signed-in');
    await second.heard('welcome');
    await second.hangUp();
    await call.press('**');
    await call.heard('goodbye');
    await call.hasEnded();
    const end = await service.endOf(call.callId);
    expect(end).toMatchObject({ outcome: 'left' });
    for (const [name, value] of Object.entries(end)) {
      if (/^(?:setup|duration|talk|ring)/i.test(name)) expect(value, name).toBeLessThan(DAY / 24);
    }
  });
});

/** Lets a process write no file beyond so many bytes, as a disk that is full does; `unlimited` takes that away. */
function limitFiles(pid: number | undefined, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}

describe('a service whose disk is full', () => {
  it('tells callers kindly, says so, corrupts nothing, and works again when there is space', async () => {
    let mailbox: StockedMailbox | undefined;
    await using folders = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), 'touchtone-full-'));
    folders.defer(() => rm(dataDir, { recursive: true, force: true }));
    await using service = await ServiceProcess.start({
      dataDir,
      environment: EMBEDDED,
      prepare: async (folder) => {
        mailbox = await stockFolder(folder, (stock) => stock.add());
      },
    });
    const { extension = '', pin = '' } = mailbox ?? {};
    await using phone = await Phone.create();
    const signIn = async (heard: string): Promise<string> => {
      const call = await phone.call(service.uri('5000'));
      await call.heard('welcome');
      await call.press(`${extension}#${pin}#`, FAST_KEYS);
      await call.heard(heard, { within: 20_000 });
      if (heard === 'system-error') await call.hasEnded();
      else await call.hangUp();
      return call.callId;
    };
    await signIn('signed-in');
    const file = join(dataDir, 'touchtone.sqlite');
    limitFiles(service.pid, (await stat(`${file}-wal`)).size);
    const callId = await signIn('system-error');
    const isEnd = ({ msg, sipCallId }: ServiceLogLine): boolean => msg === 'Call ended' && sipCallId === callId;
    expect(await service.linesThat('the end of the call', 1, isEnd)).toMatchObject([{ outcome: 'fault' }]);
    const said = service.lines.filter(({ msg }) => msg === 'The conversation failed');
    expect(JSON.stringify(said[0])).toMatch(/full|disk I\/O|FULL|IOERR/);
    limitFiles(service.pid, 'unlimited');
    await signIn('signed-in');
    await service.stop();
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    database.close();
  });
});
