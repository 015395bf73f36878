import { Button, Field, Input, MessageBar, MessageBarBody, makeStyles, Select } from '@fluentui/react-components';
import { ArrowDownload20Regular } from '@fluentui/react-icons';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { searchAudit, verifyAudit } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { enUs } from '../texts/en-us.ts';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { Pager, usePaging } from '../ui/pager.tsx';
import { Starting } from '../ui/starting.tsx';
import { RecordTable, useActionText } from './record-table.tsx';

const useStyles = makeStyles({
  filters: { display: 'flex', flexWrap: 'wrap', gap: '8px 12px', alignItems: 'flex-end' },
});

interface Filter {
  readonly mailbox: string;
  readonly actor: string;
  readonly action: string;
  readonly from: string;
  readonly to: string;
}

const EVERYTHING: Filter = { mailbox: '', actor: '', action: '', from: '', to: '' };

type Action = NonNullable<NonNullable<Parameters<typeof searchAudit>[0]>['action']>;

/** What the timeline has besides is not in the trail, and cannot be searched for. */
const ACTIONS = Object.keys(enUs.audit.actions).filter((action) => !['mail-queued', 'unreadable'].includes(action));

/** The API's query: moments are local where they are typed, and UTC where they are sent. */
function queryOf({ mailbox, actor, action, from, to }: Filter) {
  return {
    ...(mailbox.trim() === '' ? {} : { mailbox: mailbox.trim() }),
    ...(actor.trim() === '' ? {} : { actor: actor.trim() }),
    ...(action === '' ? {} : { action: action as Action }),
    ...(from === '' ? {} : { $from: new Date(from).toISOString() }),
    ...(to === '' ? {} : { to: new Date(to).toISOString() }),
  };
}

/** What happened, to be searched; and whether the trail is as it was sealed. */
export default function AuditPage() {
  const styles = useStyles();
  const t = useTranslations('audit');
  const may = useMay();
  const actionText = useActionText();
  const [filter, setFilter] = useState(EVERYTHING);
  const [asked, setAsked] = useState(EVERYTHING);
  const paging = usePaging(JSON.stringify(asked));
  const records = useQuery({
    queryKey: [...KEYS.audit, asked, paging.cursor],
    queryFn: ({ signal }) =>
      done(
        searchAudit(
          { ...queryOf(asked), ...(paging.cursor === undefined ? {} : { cursor: paging.cursor }) },
          { signal },
        ),
      ),
    placeholderData: keepPreviousData,
  });
  const set = (changes: Partial<Filter>) => setFilter({ ...filter, ...changes });
  return (
    <Page
      title={t('title')}
      actions={
        <>
          {may('exportAudit') && <Export filter={asked} />}
          {may('verifyAudit') && <Verify />}
        </>
      }
    >
      <form
        className={styles.filters}
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(filter);
        }}
      >
        <Field label={t('mailbox')}>
          <Input type="search" value={filter.mailbox} onChange={(_event, { value }) => set({ mailbox: value })} />
        </Field>
        <Field label={t('who')}>
          <Input value={filter.actor} onChange={(_event, { value }) => set({ actor: value })} />
        </Field>
        <Field label={t('what')}>
          <Select value={filter.action} onChange={(_event, { value }) => set({ action: value })}>
            <option value="">{t('anything')}</option>
            {ACTIONS.map((action) => (
              <option key={action} value={action}>
                {actionText(action)}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t('from')}>
          <Input type="datetime-local" value={filter.from} onChange={(_event, { value }) => set({ from: value })} />
        </Field>
        <Field label={t('to')}>
          <Input type="datetime-local" value={filter.to} onChange={(_event, { value }) => set({ to: value })} />
        </Field>
        <Button type="submit" appearance="primary">
          {t('search')}
        </Button>
      </form>
      <FailureMessage error={records.error} onRetry={() => void records.refetch()} />
      {records.isPending && <Starting />}
      {records.isSuccess && (
        <RecordTable
          withMailbox
          records={records.data.items.map((record) => ({ ...record, key: String(record.sequence) }))}
        />
      )}
      <Pager paging={paging} next={records.data?.next} />
    </Page>
  );
}

/** What was searched for, all of it, in a file. The browser stores it as it comes: trails can be long. */
function Export({ filter }: { readonly filter: Filter }) {
  const t = useTranslations('audit');
  const { $from: from, ...rest } = queryOf(filter);
  const query = new URLSearchParams({ ...rest, ...(from === undefined ? {} : { from }) }).toString();
  return (
    <Button
      as="a"
      icon={<ArrowDownload20Regular />}
      href={`/api/v1/audit/export${query === '' ? '' : `?${query}`}`}
      download={t('exportFile')}
    >
      {t('export')}
    </Button>
  );
}

function Verify() {
  const t = useTranslations('audit');
  const verification = useMutation({ mutationFn: () => done(verifyAudit()) });
  const { data, error, isPending } = verification;
  return (
    <>
      {data !== undefined && (
        <MessageBar
          intent={data.intact ? 'success' : 'error'}
          layout="multiline"
          role={data.intact ? 'status' : 'alert'}
        >
          <MessageBarBody>
            {data.break === null
              ? t('intact', { count: data.records })
              : t('broken', { sequence: data.break.sequence, kind: t(`breaks.${data.break.kind}`) })}
          </MessageBarBody>
        </MessageBar>
      )}
      <FailureMessage error={error} />
      <Button disabledFocusable={isPending} onClick={() => verification.mutate()}>
        {isPending ? t('verifying') : t('verify')}
      </Button>
    </>
  );
}
