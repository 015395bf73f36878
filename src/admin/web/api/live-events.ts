import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { AdministratorSession } from '../session/session.ts';
import type { SessionKeeper } from '../session/session-keeper.ts';
import { KEYS } from './keys.ts';

/** How long it is waited before another try when the stream cannot be had, in milliseconds; doubled each time. */
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;

function idIn(event: MessageEvent<string>, member: string): string | undefined {
  const data: unknown = JSON.parse(event.data);
  const id = typeof data === 'object' && data !== null ? Reflect.get(data, member) : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** What each event makes old of what has been read. */
function listen(events: EventSource, client: QueryClient): void {
  const old = (...keys: readonly (readonly unknown[])[]) => {
    for (const queryKey of keys) void client.invalidateQueries({ queryKey });
  };
  events.addEventListener('mailbox', (event) => {
    const id = idIn(event, 'id');
    old(KEYS.mailboxes, ...(id === undefined ? [] : [KEYS.mailbox(id)]));
  });
  events.addEventListener('mail', (event) => {
    const id = idIn(event, 'mailboxId');
    old(KEYS.mailboxes, ...(id === undefined ? [] : [KEYS.mailbox(id)]));
  });
  events.addEventListener('audit', () => old(KEYS.audit, KEYS.sessions));
  events.addEventListener('call', () => old(KEYS.calls));
  events.addEventListener('overview', (event) => client.setQueryData(KEYS.overview, JSON.parse(event.data)));
  events.addEventListener('resync', () =>
    old(KEYS.mailboxes, KEYS.anyMailbox, KEYS.audit, KEYS.sessions, KEYS.calls, KEYS.overview),
  );
}

/**
 * Keeps what the pages show up to date by the server's events. A page that nobody looks at has no stream, for browsers
 * have only six connections for all tabs of a site; it reads everything anew when it is looked at again.
 */
export function useLiveEvents(keeper: SessionKeeper<AdministratorSession>): void {
  const client = useQueryClient();
  useEffect(() => {
    let events: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pause = FIRST_PAUSE;
    const close = () => {
      clearTimeout(timer);
      events?.close();
      events = undefined;
    };
    const open = () => {
      close();
      if (document.hidden || keeper.state().kind !== 'signed-in') return;
      const opened = new EventSource('/api/v1/events');
      events = opened;
      listen(opened, client);
      opened.onopen = () => {
        pause = FIRST_PAUSE;
      };
      opened.addEventListener('session-ended', () => {
        close();
        keeper.runOut();
      });
      opened.onerror = () => {
        // The browser tries again by itself unless the answer was no stream at all.
        if (opened.readyState !== EventSource.CLOSED) return;
        close();
        timer = setTimeout(open, pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      };
    };
    const onVisible = () => {
      if (document.hidden) close();
      else {
        open();
        void client.invalidateQueries();
      }
    };
    open();
    document.addEventListener('visibilitychange', onVisible);
    const forget = keeper.subscribe(open);
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
      forget();
      close();
    };
  }, [client, keeper]);
}
