import { beforeAll, describe } from 'vitest';
import { testAccess } from './access-tests.ts';
import { testAdministration } from './administration-tests.ts';
import { useBrowser, useBrowsing } from './browsing.ts';
import { buildPages } from './build-pages.ts';
import { testEveryPage } from './every-page-tests.ts';
import { testMailboxes } from './mailbox-tests.ts';
import { testOidc } from './oidc-tests.ts';
import { usePages } from './pages.ts';
import { testPins } from './pin-tests.ts';
import { testSelfService } from './self-service-tests.ts';
import { testSettings } from './setting-tests.ts';
import { testSignIn } from './sign-in-tests.ts';
import { testWholePath } from './whole-path-tests.ts';

// All in one file, so that the pages are built once and looked at in one browser. What is said on the telephone takes its
// time, in which the other tests go on; those of a part come one after the other.
beforeAll(buildPages, 120_000);
const browser = useBrowser();
const ONE_BY_ONE = { concurrent: false };

describe.concurrent('the pages for mailboxes', () => {
  describe(':', ONE_BY_ONE, () => {
    const pages = usePages(useBrowsing(browser));
    testSignIn(pages);
    testPins(pages);
    testMailboxes(pages);
    testAdministration(pages);
    testSettings(pages);
  });
});

describe.concurrent('all pages', () => {
  describe(':', ONE_BY_ONE, () => {
    const pages = usePages(useBrowsing(browser));
    testEveryPage(pages);
    testSelfService(pages);
  });
});

describe.concurrent('the pages and others', () => {
  describe(':', ONE_BY_ONE, () => {
    const browsing = useBrowsing(browser);
    testWholePath(browsing);
    testOidc(browsing);
    testAccess(usePages(browsing));
  });
});
