import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Log, LogFields } from '../log.ts';
import { MediaCore } from './media-core.ts';
import type { MediaServerSettings } from './options.ts';
import { systemClock } from './system-clock.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** The thread of a media server: it is given its settings, reports, and is asked to close. */
const port = parentPort;
if (port === null) throw new Error('The media server runs in a worker thread; start it with startMediaServer');

const send = (message: FromWorker): void => port.postMessage(message);

function makeLog(bindings: LogFields): Log {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) =>
    send({ kind: 'log', level, fields: { ...bindings, ...fields }, message });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => makeLog({ ...bindings, ...more }),
  };
}

/**
 * Packets that leave late are heard, so this thread goes before others where the system lets it: on Linux a priority
 * is a thread's own, and raising it takes a privilege that is not needed otherwise.
 */
function goFirst(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // Without the privilege it is as punctual as any other.
  }
}

async function run(settings: MediaServerSettings): Promise<void> {
  const log = makeLog({});
  const core = await MediaCore.start(settings, systemClock, log);
  // Only now: threads inherit it, and those that read files and hash, which loading the prompts has started, shall not.
  goFirst();
  port?.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'stats':
        send({ kind: 'stats', id: message.id, stats: core.stats() });
        break;
      case 'close':
        void core.close().then(() => {
          send({ kind: 'closed' });
          port?.close();
        });
        break;
    }
  });
  send({ kind: 'ready', eslPort: core.eslPort, sipPort: core.sipPort });
}

run(workerData as MediaServerSettings).catch((error: unknown) => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  send({ kind: 'not-started', message: error instanceof Error ? error.message : String(error), code });
  port.close();
});
