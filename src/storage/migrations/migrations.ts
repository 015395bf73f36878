import type { Migration } from 'kysely/migration';
import type { Clock } from '../../domain/clock.ts';
import type { DatabaseKind } from '../database-kind.ts';
import { directory } from './0001-directory.ts';
import { pinSecurity } from './0002-pin-security.ts';
import { administration } from './0003-administration.ts';
import { access } from './0004-access.ts';
import { voipSecurity } from './0005-voip-security.ts';
import { web } from './0006-web.ts';

/** All migrations in order: names are never changed and never reused, for they say what a database has been through. */
export function migrationsFor(kind: DatabaseKind, clock: Pick<Clock, 'now'>): Readonly<Record<string, Migration>> {
  return {
    '0001-directory': directory(kind),
    '0002-pin-security': pinSecurity(kind, clock),
    '0003-administration': administration(kind),
    '0004-access': access(kind),
    '0005-voip-security': voipSecurity(),
    '0006-web': web(kind),
  };
}
