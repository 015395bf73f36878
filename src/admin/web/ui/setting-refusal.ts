import { useCallback } from 'react';
import { useTranslations } from 'use-intl';
import type { SettingRefusal } from '../../../domain/setting-refusal.ts';
import { Refused } from '../api/failure.ts';

/** What a setting may be, where it cannot be had as it is; undefined for another setting than the refused one. */
export function useSettingRefusal(
  refusal: SettingRefusal | undefined,
  error: unknown,
): (setting: string) => string | undefined {
  const t = useTranslations('settings');
  return useCallback(
    (setting) => {
      if (refusal?.setting === setting) return textOf(refusal, t);
      if (error instanceof Refused && error.problem.setting === setting)
        return error.problem.detail ?? error.problem.title;
      return undefined;
    },
    [refusal, error, t],
  );
}

type SettingsText = ReturnType<typeof useTranslations<'settings'>>;

function textOf(refusal: SettingRefusal, t: SettingsText): string {
  switch (refusal.kind) {
    case 'out-of-range':
      return t('refused.range', { minimum: refusal.minimum, maximum: refusal.maximum });
    case 'exceeds-setting':
      return t('refused.exceeds', { maximum: refusal.maximum });
    case 'not-a-name':
      return t('refused.name', { maximum: refusal.maximum });
    case 'not-a-text':
      return t('refused.text', { maximum: refusal.maximum });
    case 'not-a-language':
      return t('refused.language');
    case 'not-an-extension':
      return t('refused.extension', { digits: refusal.extensionDigits });
  }
}
