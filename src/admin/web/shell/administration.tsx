import { lazy, Suspense, useEffect } from 'react';
import { useTranslations } from 'use-intl';
import { Redirect, Route, Switch } from 'wouter';
import { useLiveEvents } from '../api/live-events.ts';
import { AdministratorGate, useAdministrator } from '../session/administrator.tsx';
import { SignIn } from '../session/sign-in.tsx';
import { SESSION_CHANNEL, SIGNED_IN_PAGE } from '../session/signed-in-page.ts';
import { AppLink } from '../ui/app-link.tsx';
import { Page } from '../ui/page.tsx';
import { Starting } from '../ui/starting.tsx';
import { Shell } from './shell.tsx';

const Overview = lazy(() => import('../overview/overview-page.tsx'));
const Recipients = lazy(() => import('../recipients/recipients-page.tsx'));
const EnableMailbox = lazy(() => import('../recipients/enable-mailbox.tsx'));
const UmMailbox = lazy(() => import('../recipients/um-mailbox-page.tsx'));
const Policies = lazy(() => import('../policies/policies-page.tsx'));
const PolicyEditor = lazy(() => import('../policies/policy-editor.tsx'));
const DialPlans = lazy(() => import('../dial-plans/dial-plans-page.tsx'));
const DialPlanEditor = lazy(() => import('../dial-plans/dial-plan-editor.tsx'));
const Calls = lazy(() => import('../calls/calls-page.tsx'));
const Audit = lazy(() => import('../audit/audit-page.tsx'));
const Sessions = lazy(() => import('../sessions/sessions-page.tsx'));
const Tokens = lazy(() => import('../tokens/tokens-page.tsx'));

/** The administration, for those who are signed in. */
export default function Administration() {
  return (
    <AdministratorGate signIn={(keeper) => <SignIn onSignedIn={(session) => keeper.begin(session)} />}>
      <Live />
      <Shell>
        <Suspense fallback={<Starting />}>
          <Switch>
            <Route path="/admin">{() => <Overview />}</Route>
            <Route path="/admin/sign-in">{() => <Redirect to="/admin" replace />}</Route>
            <Route path={SIGNED_IN_PAGE}>{() => <SignedInElsewhere />}</Route>
            <Route path="/admin/recipients/new">{() => <EnableMailbox />}</Route>
            <Route path="/admin/recipients/:id/um/:tab?">
              {({ id, tab }) => <UmMailbox key={id} id={id} tab={tab} />}
            </Route>
            <Route path="/admin/recipients/:id?">{({ id }) => <Recipients id={id} />}</Route>
            <Route path="/admin/policies">{() => <Policies />}</Route>
            <Route path="/admin/policies/:id">{({ id }) => <PolicyEditor key={id} id={id} />}</Route>
            <Route path="/admin/dial-plans">{() => <DialPlans />}</Route>
            <Route path="/admin/dial-plans/:id">{({ id }) => <DialPlanEditor key={id} id={id} />}</Route>
            <Route path="/admin/calls">{() => <Calls />}</Route>
            <Route path="/admin/audit">{() => <Audit />}</Route>
            <Route path="/admin/tokens">{() => <Tokens />}</Route>
            <Route path="/admin/sessions">{() => <Sessions />}</Route>
            <Route>{() => <Nothing />}</Route>
          </Switch>
        </Suspense>
      </Shell>
    </AdministratorGate>
  );
}

function Live() {
  const { keeper } = useAdministrator();
  useLiveEvents(keeper);
  return null;
}

/** The window that somebody has signed in again in: it tells the others, and is done. */
function SignedInElsewhere() {
  const t = useTranslations('signIn');
  useEffect(() => {
    const channel = new BroadcastChannel(SESSION_CHANNEL);
    channel.postMessage('signed-in');
    channel.close();
    window.close();
  }, []);
  return <Page title={t('signedIn')}>{t('goBack')}</Page>;
}

function Nothing() {
  const t = useTranslations('common');
  return (
    <Page title={t('nothingHere')}>
      <p>
        {t('nothingHereAbout')} <AppLink href="/admin/recipients">{t('toRecipients')}</AppLink>
      </p>
    </Page>
  );
}
