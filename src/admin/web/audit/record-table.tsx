import { mergeClasses } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import type { AuditRecord } from '../api/operations.ts';
import { enUs } from '../texts/en-us.ts';
import { AppLink } from '../ui/app-link.tsx';
import { useTableStyles } from '../ui/table-styles.ts';
import { When } from '../ui/when.tsx';

export interface ShownRecord extends Pick<AuditRecord, 'at' | 'outcome' | 'actor' | 'source' | 'reason' | 'details'> {
  readonly key: string;
  readonly action: string;
  readonly sequence?: number | null;
  readonly mailbox?: AuditRecord['mailbox'];
}

type ActionName = keyof typeof enUs.audit.actions;

const isAction = (action: string): action is ActionName => Object.hasOwn(enUs.audit.actions, action);

/** What happened, in words where there are words for it. */
export function useActionText(): (action: string) => string {
  const t = useTranslations('audit.actions');
  return (action) => (isAction(action) ? t(action) : action);
}

const FEW = 2;

const inWords = (text: string): string => text.replaceAll('-', ' ');

/** Records of the audit trail, or of a mailbox's timeline. */
export function RecordTable({
  records,
  withMailbox = false,
}: {
  readonly records: readonly ShownRecord[];
  readonly withMailbox?: boolean;
}) {
  const styles = useTableStyles();
  const t = useTranslations('audit');
  const actionText = useActionText();
  if (records.length === 0) return <div className={mergeClasses(styles.around, styles.empty)}>{t('none')}</div>;
  return (
    <div className={styles.around}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t('when')}</th>
            <th scope="col">{t('what')}</th>
            <th scope="col">{t('who')}</th>
            {withMailbox && <th scope="col">{t('mailbox')}</th>}
            <th scope="col" className={styles.minor}>
              {t('details')}
            </th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={record.key} className={styles.row}>
              <td className={styles.when}>
                <When at={record.at} />
                {record.sequence !== undefined && record.sequence !== null && (
                  <div className={styles.soft}>{t('number', { sequence: record.sequence })}</div>
                )}
              </td>
              <td>
                {actionText(record.action)}: {inWords(record.outcome)}
                {record.reason !== null && <div className={styles.soft}>{inWords(record.reason)}</div>}
              </td>
              <td>
                <Actor actor={record.actor} />
                <div className={styles.soft}>
                  <Source source={record.source} />
                </div>
              </td>
              {withMailbox && (
                <td>
                  <MailboxOf mailbox={record.mailbox} />
                </td>
              )}
              <td className={mergeClasses(styles.minor, styles.soft)}>
                <Details details={record.details} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Actor({ actor }: { readonly actor: ShownRecord['actor'] }) {
  const t = useTranslations('audit.actors');
  return actor.name ?? t(actor.kind);
}

function Source({ source }: { readonly source: ShownRecord['source'] }) {
  const t = useTranslations('audit.sources');
  switch (source.kind) {
    case 'call':
      return t('call', { from: source.assertedNumber ?? source.peer });
    case 'http':
      return t('http', { address: source.address });
    case 'command':
      return t('command', { host: source.host });
    case 'service':
      return t('service');
  }
}

function MailboxOf({ mailbox }: { readonly mailbox: AuditRecord['mailbox'] | undefined }) {
  const t = useTranslations('audit');
  if (mailbox === null || mailbox === undefined) return null;
  if (mailbox.address === null) return t('mailboxGone');
  return <AppLink href={`/admin/recipients/${mailbox.id}/um/timeline`}>{mailbox.address}</AppLink>;
}

/** Few are shown as they are; many are folded up, so that the table stays one to look through. */
function Details({ details }: Pick<ShownRecord, 'details'>) {
  const t = useTranslations('audit');
  const count = Object.keys(details).length;
  if (count <= FEW) return detailsText(details);
  return (
    <details>
      <summary>{t('facts', { count })}</summary>
      {detailsText(details)}
    </details>
  );
}

function detailsText(details: ShownRecord['details']): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${value === null ? '–' : String(value)}`)
    .join('; ');
}
