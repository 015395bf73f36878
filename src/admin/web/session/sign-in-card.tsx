import { makeStyles, Title2, tokens } from '@fluentui/react-components';
import { type ReactNode, useEffect } from 'react';
import { useTranslations } from 'use-intl';
import { ThemeMenu } from '../shell/theme-menu.tsx';

const useStyles = makeStyles({
  around: {
    minHeight: '100vh',
    display: 'grid',
    gridTemplateRows: 'auto 1fr',
    backgroundColor: tokens.colorNeutralBackground3,
  },
  corner: { justifySelf: 'end', padding: '8px' },
  card: {
    justifySelf: 'center',
    alignSelf: 'start',
    marginTop: '6vh',
    boxSizing: 'border-box',
    width: 'min(440px, 100vw - 24px)',
    padding: '32px',
    display: 'flex',
    flexDirection: 'column',
    gap: '20px',
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow8,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 640px)': { padding: '20px', marginTop: '8px' },
  },
  brand: { color: tokens.colorNeutralForeground3, fontWeight: tokens.fontWeightSemibold, marginBottom: '4px' },
  heading: { margin: 0 },
});

/** The frame of everything that is before a session. */
export function SignInCard({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const styles = useStyles();
  const t = useTranslations('common');
  useEffect(() => {
    document.title = `${title} – ${t('product')}`;
  }, [title, t]);
  return (
    <div className={styles.around}>
      <div className={styles.corner}>
        <ThemeMenu />
      </div>
      <main className={styles.card}>
        <div>
          <div className={styles.brand}>{t('product')}</div>
          <Title2 as="h1" className={styles.heading}>
            {title}
          </Title2>
        </div>
        {children}
      </main>
    </div>
  );
}
