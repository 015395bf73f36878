import { Button } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { ROLE_NAMES } from '../../../domain/role.ts';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { listTokens, removeToken } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { RemoveButton } from '../ui/remove-button.tsx';
import { Starting } from '../ui/starting.tsx';
import { useTableStyles } from '../ui/table-styles.ts';
import { When } from '../ui/when.tsx';
import { NewTokenDialog } from './new-token-dialog.tsx';

/** The access tokens: who has one, what it is good for and when it was last used. */
export default function TokensPage() {
  const styles = useTableStyles();
  const t = useTranslations('tokens');
  const may = useMay();
  const client = useQueryClient();
  const [isMaking, setMaking] = useState(false);
  const tokens = useQuery({
    queryKey: KEYS.tokens,
    queryFn: ({ signal }) => done(listTokens({ limit: 200 }, { signal })),
  });
  const remove = async (id: string) => {
    await done(removeToken(id));
    await client.invalidateQueries({ queryKey: KEYS.tokens });
  };
  return (
    <Page
      title={t('title')}
      actions={
        may('createToken') && (
          <Button icon={<Add20Regular />} onClick={() => setMaking(true)}>
            {t('new')}
          </Button>
        )
      }
    >
      <FailureMessage error={tokens.error} onRetry={() => void tokens.refetch()} />
      {tokens.isPending && <Starting />}
      {tokens.isSuccess && (
        <div className={styles.around}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t('name')}</th>
                <th scope="col">{t('role')}</th>
                <th scope="col" className={styles.minor}>
                  {t('made')}
                </th>
                <th scope="col" className={styles.minor}>
                  {t('lastUsed')}
                </th>
                <th scope="col">{t('expires')}</th>
                <th scope="col">{t('actions')}</th>
              </tr>
            </thead>
            <tbody>
              {tokens.data.items.map((token) => (
                <tr key={token.id} className={styles.row}>
                  <td>{token.name}</td>
                  <td>{ROLE_NAMES[token.role]}</td>
                  <td className={styles.minor}>
                    <When at={token.createdAt} />{' '}
                    <span className={styles.soft}>{t('by', { name: token.createdBy })}</span>
                  </td>
                  <td className={styles.minor}>
                    <When at={token.lastUsedAt} />
                  </td>
                  <td>
                    <When at={token.expiresAt} />
                  </td>
                  <td className={styles.end}>
                    {may('removeToken') && (
                      <RemoveButton name={token.name} about={t('removeAbout')} onRemove={() => remove(token.id)} />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isMaking && <NewTokenDialog onClose={() => setMaking(false)} />}
    </Page>
  );
}
