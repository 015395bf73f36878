import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslations } from 'use-intl';
import { AppLink } from './app-link.tsx';

const useStyles = makeStyles({
  page: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    padding: '20px 24px 48px',
    '@media (max-width: 640px)': { padding: '12px 12px 40px' },
  },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 16px' },
  title: { flexGrow: 1, minWidth: 0 },
  heading: {
    ...typographyStyles.title3,
    margin: 0,
    overflowWrap: 'anywhere',
    // It is no control: it has the focus so that screen readers and the keyboard begin here.
    outlineStyle: 'none',
  },
  actions: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  crumbs: { display: 'flex', gap: '6px', fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground3 },
});

/** The page above another one. */
export interface PageAbove {
  readonly title: string;
  readonly href: string;
}

interface PageProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly above?: PageAbove | undefined;
  readonly children: ReactNode;
}

/** A page: its title is the browser's title and what screen readers begin with when it opens. */
export function Page({ title, actions, above, children }: PageProps) {
  const styles = useStyles();
  const t = useTranslations('common');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – ${t('product')}`;
  }, [title, t]);
  useEffect(() => {
    const { activeElement } = document;
    // Whoever has just come here by the keyboard goes on from the top of the new page.
    if (activeElement === null || activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <div className={styles.title}>
          {above !== undefined && (
            <nav className={styles.crumbs} aria-label={t('whereYouAre')}>
              <AppLink href={above.href}>{above.title}</AppLink>
              <span aria-hidden>/</span>
            </nav>
          )}
          <h1 ref={heading} tabIndex={-1} className={styles.heading}>
            {title}
          </h1>
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}
