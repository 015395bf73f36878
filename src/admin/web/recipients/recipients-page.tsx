import { Button, makeStyles, SearchBox, Select } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons';
import { useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useLocation } from 'wouter';
import { useMay } from '../session/administrator.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { Pager, usePaging } from '../ui/pager.tsx';
import { DetailsPane } from './details-pane.tsx';
import { MailboxTable } from './mailbox-table.tsx';
import { useMailboxes, usePolicies } from './queries.ts';
import { type RecipientsFilter, STATE_FILTERS, useRecipientsFilter } from './recipients-filter.ts';

const useStyles = makeStyles({
  filters: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'center' },
  search: {
    minWidth: '260px',
    flexGrow: 1,
    maxWidth: '420px',
    '@media (max-width: 640px)': { maxWidth: 'none', flexBasis: '100%' },
  },
  choice: { '@media (max-width: 640px)': { flex: '1 1 0', minWidth: 0 } },
  columns: { display: 'flex', gap: '16px', alignItems: 'flex-start' },
  list: { flex: '1 1 0', minWidth: 0, display: 'flex', flexDirection: 'column', gap: '12px' },
  beside: { '@media (max-width: 1080px)': { display: 'none' } },
  pane: { flex: '0 0 380px', minWidth: 0, '@media (max-width: 1080px)': { flex: '1 1 auto' } },
});

/** The list of mailboxes, and beside it what is known of the one that is chosen. */
export default function RecipientsPage({ id }: { readonly id: string | undefined }) {
  const styles = useStyles();
  const t = useTranslations('recipients');
  const may = useMay();
  const [, navigate] = useLocation();
  const [filter, changeFilter] = useRecipientsFilter();
  const paging = usePaging(JSON.stringify(filter));
  const mailboxes = useMailboxes(filter, paging.cursor);
  const { search } = window.location;
  return (
    <Page
      title={t('title')}
      actions={
        may('enableMailbox') && (
          <Button icon={<Add20Regular />} onClick={() => navigate('/admin/recipients/new')}>
            {t('enable')}
          </Button>
        )
      }
    >
      <Filters filter={filter} onChange={changeFilter} />
      <FailureMessage error={mailboxes.error} onRetry={() => void mailboxes.refetch()} />
      <div className={styles.columns}>
        <div className={id === undefined ? styles.list : `${styles.list} ${styles.beside}`}>
          <MailboxTable
            mailboxes={mailboxes.data?.items}
            selected={id}
            onSelect={(chosen) => navigate(`/admin/recipients/${chosen}${search}`)}
            isNarrow={id !== undefined}
          />
          <Pager paging={paging} next={mailboxes.data?.next} />
        </div>
        {id !== undefined && (
          <div className={styles.pane}>
            <DetailsPane key={id} id={id} onClose={() => navigate(`/admin/recipients${search}`)} />
          </div>
        )}
      </div>
    </Page>
  );
}

/** How long it is waited for the next key before a search begins, in milliseconds. */
const TYPING_PAUSE = 250;

interface FiltersProps {
  readonly filter: RecipientsFilter;
  readonly onChange: (changes: Partial<RecipientsFilter>) => void;
}

function Filters({ filter, onChange }: FiltersProps) {
  const styles = useStyles();
  const t = useTranslations('recipients');
  const policies = usePolicies();
  const [typed, setTyped] = useState(filter.search);
  useEffect(() => {
    if (typed === filter.search) return;
    const timer = setTimeout(() => onChange({ search: typed }), TYPING_PAUSE);
    return () => clearTimeout(timer);
  }, [typed, filter.search, onChange]);
  return (
    <search className={styles.filters}>
      <SearchBox
        className={styles.search}
        aria-label={t('search')}
        placeholder={t('searchHint')}
        value={typed}
        onChange={(_event, { value }) => setTyped(value)}
      />
      <Select
        className={styles.choice}
        aria-label={t('state')}
        value={filter.state}
        onChange={(_event, { value }) => onChange({ state: STATE_FILTERS.find((one) => one === value) ?? 'all' })}
      >
        {STATE_FILTERS.map((state) => (
          <option key={state} value={state}>
            {t(`states.${state}`)}
          </option>
        ))}
      </Select>
      <Select
        className={styles.choice}
        aria-label={t('policy')}
        value={filter.policy}
        onChange={(_event, { value }) => onChange({ policy: value })}
      >
        <option value="">{t('anyPolicy')}</option>
        {policies.data?.items.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </search>
  );
}
