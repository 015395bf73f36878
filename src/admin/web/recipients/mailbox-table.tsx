import { mergeClasses } from '@fluentui/react-components';
import type { KeyboardEvent } from 'react';
import { useTranslations } from 'use-intl';
import type { Mailbox } from '../api/operations.ts';
import { AppLink } from '../ui/app-link.tsx';
import { useTableStyles } from '../ui/table-styles.ts';
import { MailboxStates } from './mailbox-states.tsx';

interface MailboxTableProps {
  /** Undefined while they are on their way. */
  readonly mailboxes: readonly Mailbox[] | undefined;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
  /** Whether something stands beside it. */
  readonly isNarrow: boolean;
}

/** Moves the focus to the row above or below. */
function moveOn(event: KeyboardEvent<HTMLTableSectionElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0) return;
  const links = [...event.currentTarget.querySelectorAll('a')];
  const at = links.indexOf(event.target as HTMLAnchorElement);
  links[at + step]?.focus();
  event.preventDefault();
}

/** Mailboxes, one a row. The name is a link, so that the keyboard and screen readers find it; a click anywhere does the same. */
export function MailboxTable({ mailboxes, selected, onSelect, isNarrow }: MailboxTableProps) {
  const styles = useTableStyles();
  const t = useTranslations('recipients');
  const common = useTranslations('common');
  if (mailboxes?.length === 0) return <div className={mergeClasses(styles.around, styles.empty)}>{t('none')}</div>;
  const { search } = window.location;
  return (
    <div className={styles.around}>
      <table className={styles.table} aria-busy={mailboxes === undefined}>
        <thead>
          <tr>
            <th scope="col">{t('name')}</th>
            <th scope="col">{t('extension')}</th>
            {!isNarrow && (
              <>
                <th scope="col" className={styles.minor}>
                  {t('address')}
                </th>
                <th scope="col" className={styles.minor}>
                  {t('policy')}
                </th>
              </>
            )}
            <th scope="col">{t('state')}</th>
          </tr>
        </thead>
        <tbody onKeyDown={moveOn}>
          {mailboxes === undefined && (
            <tr>
              <td colSpan={5}>{common('loading')}</td>
            </tr>
          )}
          {mailboxes?.map((mailbox) => (
            <tr
              key={mailbox.id}
              className={mergeClasses(styles.row, mailbox.id === selected && styles.selected)}
              onClick={() => onSelect(mailbox.id)}
            >
              <td>
                <AppLink href={`/admin/recipients/${mailbox.id}${search}`}>{mailbox.displayName}</AppLink>
              </td>
              <td>{mailbox.extensions[0]}</td>
              {!isNarrow && (
                <>
                  <td className={styles.minor}>{mailbox.address}</td>
                  <td className={styles.minor}>{mailbox.policy.name}</td>
                </>
              )}
              <td>
                <MailboxStates {...mailbox} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
