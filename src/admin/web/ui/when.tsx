import { useFormatter, useTranslations } from 'use-intl';

/** A moment in the viewer's zone; the date alone is left out where it is today. */
export function When({ at, none }: { readonly at: string | null | undefined; readonly none?: string }) {
  const format = useFormatter();
  const t = useTranslations('common');
  if (at === null || at === undefined) return <span>{none ?? t('never')}</span>;
  const moment = new Date(at);
  const day = (date: Date) => format.dateTime(date, { dateStyle: 'medium' });
  const isToday = day(moment) === day(new Date());
  const full = format.dateTime(moment, { dateStyle: 'full', timeStyle: 'long' });
  return (
    <time dateTime={at} title={full}>
      {isToday
        ? t('todayAt', { time: format.dateTime(moment, { timeStyle: 'medium' }) })
        : format.dateTime(moment, { dateStyle: 'medium', timeStyle: 'short' })}
    </time>
  );
}
