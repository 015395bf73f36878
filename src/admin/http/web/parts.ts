import type { SelfService } from '../../../services/self-service.ts';
import type { SignInLinks } from '../../../services/sign-in-links.ts';
import type { WebSessions } from '../../../services/web-sessions.ts';
import type { OidcSignIn } from '../oidc/oidc-sign-in.ts';
import type { Cookies } from './cookies.ts';

/** How users prove who they are. */
export type SelfServiceWay = 'oidc' | 'link';

/** What the pages and their sessions are made of. */
export interface WebParts {
  readonly sessions: WebSessions;
  readonly cookies: Cookies;
  readonly selfService: SelfService;
  readonly links: SignInLinks;
  /** Undefined where no identity provider is set up for the pages. */
  readonly oidc: OidcSignIn | undefined;
  /** Where browsers reach the pages, without a slash at its end; undefined where nobody has said so. */
  readonly origin: () => string | undefined;
  /** As package.json has it. */
  readonly version: string;
  /** Where the pages are built into. */
  readonly pagesFolder: string;
}
