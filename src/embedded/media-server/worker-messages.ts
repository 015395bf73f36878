import type { LogFields } from '../log.ts';
import type { MediaServerStats } from './media-core.ts';

/** What the main thread tells the worker. */
export type ToWorker = { readonly kind: 'stats'; readonly id: number } | { readonly kind: 'close' };

/** What the worker tells the main thread. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly eslPort: number; readonly sipPort: number }
  | { readonly kind: 'not-started'; readonly message: string; readonly code: string | undefined }
  | { readonly kind: 'stats'; readonly id: number; readonly stats: MediaServerStats }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly fields: LogFields;
      readonly message: string;
    }
  | { readonly kind: 'closed' };
