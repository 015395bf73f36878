import {
  AriaLiveAnnouncer,
  FluentProvider,
  type GriffelRenderer,
  RendererProvider,
  Toaster,
} from '@fluentui/react-components';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { IntlProvider, useTranslations } from 'use-intl';
import { Refused, SignedOut } from '../api/failure.ts';
import { enUs } from '../texts/en-us.ts';
import { TOASTER } from '../ui/use-toast.tsx';
import { useChosenTheme } from './theme.ts';

/** What a refusal says does not change by asking again at once. */
function shouldRetry(failures: number, error: Error): boolean {
  if (error instanceof SignedOut) return false;
  if (error instanceof Refused && error.problem.status < 500) return false;
  return failures < 2;
}

const newClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: { retry: shouldRetry, staleTime: 15_000, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  });

/** Texts are in English; how dates and numbers are written follows the reader's own English, where it is English. */
function localeOfReader(): string {
  return navigator.languages.find((language) => /^en\b/.test(language)) ?? 'en-US';
}

const zoneOfReader = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * Everything that both applications stand in: styles, texts, theme, answers that are kept, announcements. It has no styles
 * of its own: those would be made before the renderer that has the nonce is there.
 */
export function Surroundings({
  renderer,
  children,
}: {
  readonly renderer: GriffelRenderer;
  readonly children: ReactNode;
}) {
  const [client] = useState(newClient);
  const { theme, scheme } = useChosenTheme();
  useEffect(() => {
    document.documentElement.style.colorScheme = scheme;
  }, [scheme]);
  return (
    <RendererProvider renderer={renderer} targetDocument={document}>
      <FluentProvider theme={theme}>
        <IntlProvider locale={localeOfReader()} timeZone={zoneOfReader()} messages={enUs}>
          <QueryClientProvider client={client}>
            <AriaLiveAnnouncer>
              {children}
              <Notifications />
            </AriaLiveAnnouncer>
          </QueryClientProvider>
        </IntlProvider>
      </FluentProvider>
    </RendererProvider>
  );
}

/** Where toasts appear: a landmark, so that they can be gone to, and are part of what the page is made of. */
function Notifications() {
  const t = useTranslations('common');
  const [landmark, setLandmark] = useState<HTMLElement | null>(null);
  return (
    <section ref={setLandmark} aria-label={t('notifications')}>
      <Toaster toasterId={TOASTER} position="bottom-end" mountNode={landmark} pauseOnHover pauseOnWindowBlur />
    </section>
  );
}
