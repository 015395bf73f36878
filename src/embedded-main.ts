/**
 * The embedded pair alone (`npm run embedded`): a SIP edge that is reached as a drachtio-server is, and a media server
 * that is reached as a FreeSWITCH is, for services in other processes.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, readConfig } from './config.ts';
import { freshSecret, startEmbeddedEdge, startEmbeddedMediaServer } from './embedded-pair.ts';
import { createLogger } from './logger.ts';
import { systemClock } from './system-clock.ts';

/** Writes the secret that services need to a file of its own: neither the log nor the terminal is the place for it. */
async function keepSecret(config: Config, secret: string): Promise<string> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const file = join(config.dataDir, 'embedded-secret');
  await writeFile(`${file}.new`, secret, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return file;
}

function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const parts = { config, log: createLogger(config.logLevel), clock: systemClock };
  const secret = freshSecret();
  const file = await keepSecret(config, secret);
  await using running = new AsyncDisposableStack();
  const media = await startEmbeddedMediaServer(parts, config.embeddedMediaListen, secret);
  running.defer(() => media.server.close());
  const signalling = await startEmbeddedEdge(parts, config.embeddedDrachtioListen, secret);
  running.defer(() => signalling.close());
  parts.log.info(
    { sipPort: signalling.edge.sipPort, drachtioPort: signalling.address.port, eventSocketPort: media.address.port },
    'The embedded pair is ready',
  );
  const at = (scheme: string, { host, port }: { host: string; port: number }): string =>
    `${scheme}://:$(cat ${file})@${host}:${port}`;
  process.stderr.write(
    [
      '',
      'The embedded pair is ready. Start a service that uses it with',
      `  DRACHTIO_URL="${at('drachtio', signalling.address)}" \\`,
      `  FREESWITCH_URLS="${at('freeswitch', media.address)}" npm start`,
      '',
      '',
    ].join('\n'),
  );
  // A daemon that is told to hang up reads its files again; without any, the signal keeps its usual meaning.
  const { credentials } = signalling;
  if (credentials !== undefined) process.on('SIGHUP', () => void credentials.reload());
  await untilSignal();
}

main().catch((error: unknown) => {
  process.stderr.write(`The embedded pair cannot start.\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
