import { Button, Field, Input, makeStyles, tokens } from '@fluentui/react-components';
import {
  CheckmarkCircle16Filled,
  Circle16Regular,
  DismissCircle16Filled,
  Eye20Regular,
  EyeOff20Regular,
} from '@fluentui/react-icons';
import { type ReactNode, type Ref, useState } from 'react';
import { useTranslations } from 'use-intl';
import type { PinRules } from '../../../domain/pin-policy.ts';
import { checkPin, type PinCheck, type PinCheckState } from './pin-checks.ts';

const useStyles = makeStyles({
  rules: { listStyleType: 'none', margin: '8px 0 0', padding: 0, display: 'grid', gap: '4px' },
  rule: { display: 'flex', alignItems: 'center', gap: '8px', '& svg': { flexShrink: 0 } },
  met: { color: tokens.colorStatusSuccessForeground1 },
  unmet: { color: tokens.colorStatusDangerForeground1 },
  unknown: { color: tokens.colorNeutralForeground3 },
});

interface TypedPinProps {
  readonly pin: string;
  readonly rules: PinRules;
  /** How many PINs before it are not taken again; a mailbox that is new has none, and no rule about them. */
  readonly historyCount?: number;
  readonly onChange: (pin: string) => void;
  /** What the service has refused, until something else is typed. */
  readonly refusal: string | undefined;
  readonly isHistoryRefused?: boolean;
  readonly inputRef: Ref<HTMLInputElement>;
}

/** A field for a PIN that shows how each rule stands while it is typed. Nothing of it leaves the page before it is saved. */
export function TypedPin({
  pin,
  rules,
  historyCount,
  onChange,
  refusal,
  isHistoryRefused = false,
  inputRef,
}: TypedPinProps) {
  const styles = useStyles();
  const t = useTranslations('pin');
  const [isShown, setShown] = useState(false);
  const checks = checkPin(pin, rules);
  return (
    <div>
      <Field
        label={t('new')}
        validationState={refusal === undefined ? 'none' : 'error'}
        validationMessage={refusal}
        required
      >
        <Input
          input={{ ref: inputRef }}
          type={isShown ? 'text' : 'password'}
          inputMode="numeric"
          autoComplete="off"
          data-1p-ignore
          value={pin}
          maxLength={64}
          onChange={(_event, { value }) => onChange(value)}
          contentAfter={
            <Button
              appearance="transparent"
              size="small"
              icon={isShown ? <EyeOff20Regular /> : <Eye20Regular />}
              aria-label={isShown ? t('hide') : t('show')}
              onClick={() => setShown(!isShown)}
            />
          }
        />
      </Field>
      <ul className={styles.rules} aria-label={t('rules')}>
        {checks.map((check) => (
          <Rule key={check.rule} state={check.state}>
            <RuleText check={check} />
          </Rule>
        ))}
        {historyCount !== undefined && (
          <Rule state={isHistoryRefused ? 'unmet' : 'unknown'}>
            {isHistoryRefused
              ? t('rule.historyRefused', { count: historyCount })
              : t('rule.history', { count: historyCount })}
          </Rule>
        )}
      </ul>
    </div>
  );
}

const ICONS: Readonly<Record<PinCheckState, typeof Circle16Regular>> = {
  met: CheckmarkCircle16Filled,
  unmet: DismissCircle16Filled,
  unknown: Circle16Regular,
};

function Rule({ state, children }: { readonly state: PinCheckState; readonly children: ReactNode }) {
  const styles = useStyles();
  const t = useTranslations('pin');
  const Icon = ICONS[state];
  return (
    <li className={styles.rule} data-state={state}>
      <Icon className={styles[state]} aria-label={t(`check.${state}`)} role="img" />
      <span>{children}</span>
    </li>
  );
}

function RuleText({ check }: { readonly check: PinCheck }) {
  const t = useTranslations('pin');
  switch (check.rule) {
    case 'digits':
      return t('rule.digits');
    case 'length':
      return t('rule.length', { minimum: check.minimum });
    case 'extension':
      return t('rule.extension');
    case 'pattern':
      return check.pattern === undefined ? t('rule.pattern') : t(`pattern.${check.pattern}`);
  }
}
