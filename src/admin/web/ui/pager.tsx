import { Button } from '@fluentui/react-components';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useTableStyles } from './table-styles.ts';

/** Which page of a list is shown: the cursors of those before and of this one. Any change of `of` begins at the first. */
export interface Paging {
  readonly cursor: string | undefined;
  readonly isFirst: boolean;
  forward(next: string): void;
  back(): void;
}

export function usePaging(of: string): Paging {
  const [state, setState] = useState<{ readonly of: string; readonly cursors: readonly string[] }>({ of, cursors: [] });
  const cursors = state.of === of ? state.cursors : [];
  return {
    cursor: cursors.at(-1),
    isFirst: cursors.length === 0,
    forward: (next) => setState({ of, cursors: [...cursors, next] }),
    back: () => setState({ of, cursors: cursors.slice(0, -1) }),
  };
}

/** To the page before and after; nothing where there is one page only. */
export function Pager({ paging, next }: { readonly paging: Paging; readonly next: string | null | undefined }) {
  const t = useTranslations('common');
  const styles = useTableStyles();
  if (paging.isFirst && !next) return null;
  return (
    <div className={styles.pager}>
      <Button disabled={paging.isFirst} onClick={() => paging.back()}>
        {t('previousPage')}
      </Button>
      <Button disabled={!next} onClick={() => next && paging.forward(next)}>
        {t('nextPage')}
      </Button>
    </div>
  );
}
