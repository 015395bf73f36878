import { Button, mergeClasses } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons';
import { useTranslations } from 'use-intl';
import { useLocation } from 'wouter';
import { usePolicies } from '../recipients/queries.ts';
import { useMay } from '../session/administrator.tsx';
import { AppLink } from '../ui/app-link.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { Starting } from '../ui/starting.tsx';
import { useTableStyles } from '../ui/table-styles.ts';

/** The mailbox policies, with what people ask about first. */
export default function PoliciesPage() {
  const styles = useTableStyles();
  const t = useTranslations('policies');
  const may = useMay();
  const [, navigate] = useLocation();
  const policies = usePolicies();
  return (
    <Page
      title={t('title')}
      actions={
        may('createMailboxPolicy') && (
          <Button icon={<Add20Regular />} onClick={() => navigate('/admin/policies/new')}>
            {t('new')}
          </Button>
        )
      }
    >
      <FailureMessage error={policies.error} onRetry={() => void policies.refetch()} />
      {policies.isPending && <Starting />}
      {policies.isSuccess && (
        <div className={styles.around}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t('name')}</th>
                <th scope="col">{t('dialPlan')}</th>
                <th scope="col">{t('settings.minPinLength.short')}</th>
                <th scope="col" className={styles.minor}>
                  {t('settings.pinLifetime.short')}
                </th>
                <th scope="col" className={styles.minor}>
                  {t('settings.logonFailuresBeforePinReset.short')}
                </th>
                <th scope="col">{t('settings.maxLogonAttempts.short')}</th>
              </tr>
            </thead>
            <tbody>
              {policies.data.items.map((policy) => (
                <tr key={policy.id} className={styles.row}>
                  <td>
                    <AppLink href={`/admin/policies/${policy.id}`}>{policy.name}</AppLink>
                  </td>
                  <td>{policy.dialPlan.name}</td>
                  <td>{policy.minPinLength}</td>
                  <td className={styles.minor}>{shown(policy.pinLifetime, t('unlimited'))}</td>
                  <td className={mergeClasses(styles.minor)}>
                    {shown(policy.logonFailuresBeforePinReset, t('unlimited'))}
                  </td>
                  <td>{policy.maxLogonAttempts}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  );
}

const shown = (value: number | string, unlimited: string): string =>
  value === 'unlimited' ? unlimited : String(value);
