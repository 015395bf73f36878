import { createDOMRenderer } from '@fluentui/react-components';
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { takeLinkToken } from './me/link-token.ts';
import { Surroundings } from './shell/surroundings.tsx';
import { Starting } from './ui/starting.tsx';

const Administration = lazy(() => import('./shell/administration.tsx'));
const SelfService = lazy(() => import('./me/self-service.tsx'));

/** The nonce that this answer's Content-Security-Policy takes styles with. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
const renderer = createDOMRenderer(document, { styleElementAttributes: { nonce } });

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no place for the application');
const isForUsers = /^\/me(\/|$)/.test(window.location.pathname);
const linkToken = takeLinkToken();

createRoot(root).render(
  <StrictMode>
    <Surroundings renderer={renderer}>
      <Suspense fallback={<Starting />}>
        {isForUsers ? <SelfService linkToken={linkToken} /> : <Administration />}
      </Suspense>
    </Surroundings>
  </StrictMode>,
);
