import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ServiceOptions, ServiceProcess } from './service-process.ts';

const READY = `console.log(JSON.stringify({ msg: 'Ready for calls', sip: ['sip:10.0.0.1:5070', 'sip:127.0.0.1:5070'] }));`;
const ALIVE = 'setInterval(() => {}, 1000);';

/** Starts a program that does what a service might do, instead of the service. */
function start(script: string, options: ServiceOptions = {}): Promise<ServiceProcess> {
  return ServiceProcess.start({ command: [process.execPath, '-e', script], ...options });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

afterEach(() => vi.unstubAllEnvs());

describe('a service process', () => {
  it('is ready when it says so, and is called by its loopback address', async () => {
    await using service = await start(READY + ALIVE);
    expect(service.sip).toEqual(['sip:127.0.0.1:5070', 'sip:10.0.0.1:5070']);
    expect(service.uri('5000')).toBe('sip:5000@127.0.0.1:5070');
  });

  it('is called where the environment says, when a drachtio-server listens in its place', async () => {
    vi.stubEnv('TEST_SIP_TARGET', '127.0.0.1:5099');
    await using service = await start(`${READY.replace(/'sip:[^\]]*/, '')}${ALIVE}`);
    expect(service.uri('5000')).toBe('sip:5000@127.0.0.1:5099');
  });

  it('is waited for only as far as is asked', async () => {
    await using service = await start(`console.log(JSON.stringify({ msg: 'Half way' }));${ALIVE}`, {
      until: 'Half way',
    });
    expect(service.sip).toEqual([]);
    expect(service.lines).toEqual([{ msg: 'Half way' }]);
  });

  it('that nobody can call is a failure', async () => {
    await expect(start(`${READY.replace(/'sip:[^\]]*/, '')}${ALIVE}`)).rejects.toThrow(/no SIP address/);
  });

  it('has settings of its own, whatever those of its parent are, and is told of the engines', async () => {
    vi.stubEnv('SIP_LISTEN', '0.0.0.0:5060');
    vi.stubEnv('LOG_LEVEL', 'debug');
    vi.stubEnv('DRACHTIO_URL', 'drachtio://:secret@127.0.0.1:9022');
    const script = `console.log(JSON.stringify({ msg: 'settings', env: process.env }));${READY}${ALIVE}`;
    await using service = await start(script, { environment: { MAX_CALLS: '3' } });
    const { env } = await service.line('settings');
    expect(env).toMatchObject({
      DATA_DIR: service.dataDir,
      SIP_LISTEN: '127.0.0.1:0',
      LOG_LEVEL: 'info',
      DRACHTIO_URL: 'drachtio://:secret@127.0.0.1:9022',
      MAX_CALLS: '3',
    });
  });

  it('that ends instead of becoming ready is a failure that shows what it printed', async () => {
    const script = `console.log(process.env.DATA_DIR); console.error('SIP_LISTEN must be an address'); process.exit(2);`;
    const failure: unknown = await start(script).catch((error: unknown) => error);
    expect(String(failure)).toMatch(/ended with code 2/);
    expect(String(failure)).toMatch(/SIP_LISTEN must be an address/);
    const [dataDir = ''] = /\S*touchtone-service-\S+/.exec(String(failure)) ?? [];
    expect(dataDir).not.toBe('');
    expect(existsSync(dataDir)).toBe(false);
  });

  it('that is not ready in time is ended', async () => {
    const failure: unknown = await start(`console.log('pid', process.pid);${ALIVE}`, { startWithin: 1_500 }).catch(
      (error: unknown) => error,
    );
    expect(String(failure)).toMatch(/the time is over/);
    const pid = Number(/^pid (\d+)$/m.exec(String(failure))?.[1]);
    expect(pid).toBeGreaterThan(0);
    expect(isRunning(pid)).toBe(false);
  });

  it('that cannot be run at all is a failure', async () => {
    await expect(ServiceProcess.start({ command: ['/no/such/program'] })).rejects.toThrow(/could not be run/);
  });

  it('stops by SIGTERM with code 0, and its data is gone', async () => {
    await using service = await start(`process.on('SIGTERM', () => process.exit(0));${READY}${ALIVE}`);
    await service.stop();
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(service.dataDir)).toBe(false);
  });

  it.each([
    ['with another code', `process.on('SIGTERM', () => process.exit(3));`, 10_000, /stopped with code 3/],
    ['by the signal', '', 10_000, /stopped with SIGTERM/],
    ['too late', `process.on('SIGTERM', () => {});`, 500, /did not stop within 500 ms/],
  ])('that stops %s is a failure, and gone all the same', async (_, script, within, message) => {
    await using service = await start(script + READY + ALIVE);
    await expect(service.stop(within)).rejects.toThrow(message);
    expect(isRunning(service.pid ?? 0)).toBe(false);
  });

  it('that has ended by itself is a failure to stop', async () => {
    await using service = await start(`${READY}setTimeout(() => process.exit(0), 50);`);
    await service.exited;
    await expect(service.stop()).rejects.toThrow(/had ended before/);
  });

  it('is waited for by its log, and a wait fails when it ends', async () => {
    const lines = `for (const n of [1, 2, 3]) console.log(JSON.stringify({ msg: 'Call ended', n }));`;
    await using service = await start(
      `console.log('words for people');${READY}${lines}setTimeout(() => process.exit(0), 200);`,
    );
    const found = await service.linesThat('late calls', 2, ({ msg, n }) => msg === 'Call ended' && Number(n) > 1);
    expect(found.map(({ n }) => n)).toEqual([2, 3]);
    await expect(service.line('Never said')).rejects.toThrow(/"Never said": the service ended with code 0/);
    expect(service.output).toContain('words for people');
  });
});

describe('a DATA_DIR', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchtone-prepared-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const show = `console.log(JSON.stringify({ msg: 'files', files: require('node:fs').readdirSync(process.env.DATA_DIR) }));`;
  const prepare = (dataDir: string): Promise<void> => writeFile(join(dataDir, 'prepared'), '');

  it('can be filled before the program starts on it', async () => {
    await using service = await start(show + READY + ALIVE, { prepare });
    expect(await service.line('files')).toMatchObject({ files: ['prepared'] });
  });

  it('is kept where it was given', async () => {
    await using service = await start(READY + ALIVE, { dataDir: folder, prepare });
    await service[Symbol.asyncDispose]();
    expect(existsSync(join(folder, 'prepared'))).toBe(true);
  });

  it('is removed when it cannot be filled', async () => {
    const fail = async (dataDir: string): Promise<void> => {
      folder = dataDir;
      throw new Error('It is full');
    };
    await rm(folder, { recursive: true });
    await expect(start(READY + ALIVE, { prepare: fail })).rejects.toThrow('It is full');
    expect(existsSync(folder)).toBe(false);
    await mkdir(folder);
  });
});

describe('the service', () => {
  it('starts in an empty folder, says whom to be signed in as, and stops', async () => {
    await using service = await ServiceProcess.start();
    const { accessNumber, extension, pin } = await service.readWelcome();
    expect({ accessNumber, extension }).toEqual({ accessNumber: '5000', extension: '51234' });
    expect(pin).toMatch(/^\d{6}$/);
    expect(service.uri(accessNumber)).toMatch(/^sip:5000@[\d.]+:\d+$/);
    expect(service.output).not.toContain(pin);
    await service.stop();
    expect(service.lines.at(-1)?.msg).toBe('Stopped');
  });
});
