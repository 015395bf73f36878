import type { enUs } from './en-us.ts';

/** Texts are known by their keys, and what is to be filled in is checked. */
declare module 'use-intl' {
  interface AppConfig {
    Messages: typeof enUs;
  }
}
