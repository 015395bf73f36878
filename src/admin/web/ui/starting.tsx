import { makeStyles, Spinner } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';

const useStyles = makeStyles({ middle: { display: 'grid', placeItems: 'center', minHeight: '40vh' } });

/** What is shown while a part of the pages is on its way. */
export function Starting() {
  const styles = useStyles();
  const t = useTranslations('common');
  return (
    <div className={styles.middle}>
      <Spinner label={t('loading')} delay={200} />
    </div>
  );
}
