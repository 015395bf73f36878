import { Button } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons';
import { useTranslations } from 'use-intl';
import { useLocation } from 'wouter';
import { useDialPlans } from '../recipients/queries.ts';
import { useMay } from '../session/administrator.tsx';
import { AppLink } from '../ui/app-link.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { Starting } from '../ui/starting.tsx';
import { useTableStyles } from '../ui/table-styles.ts';

/** The dial plans: which numbers are called, and how calls to them go. */
export default function DialPlansPage() {
  const styles = useTableStyles();
  const t = useTranslations('dialPlans');
  const may = useMay();
  const [, navigate] = useLocation();
  const plans = useDialPlans();
  return (
    <Page
      title={t('title')}
      actions={
        may('createDialPlan') && (
          <Button icon={<Add20Regular />} onClick={() => navigate('/admin/dial-plans/new')}>
            {t('new')}
          </Button>
        )
      }
    >
      <FailureMessage error={plans.error} onRetry={() => void plans.refetch()} />
      {plans.isPending && <Starting />}
      {plans.isSuccess && (
        <div className={styles.around}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t('settings.name.label')}</th>
                <th scope="col">{t('settings.accessNumbers.label')}</th>
                <th scope="col">{t('settings.extensionDigits.label')}</th>
              </tr>
            </thead>
            <tbody>
              {plans.data.items.map((plan) => (
                <tr key={plan.id} className={styles.row}>
                  <td>
                    <AppLink href={`/admin/dial-plans/${plan.id}`}>{plan.name}</AppLink>
                  </td>
                  <td>{plan.accessNumbers.join(', ')}</td>
                  <td>{plan.extensionDigits}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  );
}
