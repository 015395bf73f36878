import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  Switch,
  tokens,
} from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import { PLACES } from './places.tsx';

const useStyles = makeStyles({
  list: { display: 'grid', gridTemplateColumns: 'auto 1fr', gap: '8px 16px', alignItems: 'center', margin: '0 0 16px' },
  key: {
    fontFamily: tokens.fontFamilyMonospace,
    padding: '2px 8px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground3,
    justifySelf: 'start',
  },
  what: { margin: 0 },
});

interface ShortcutsDialogProps {
  readonly isOn: boolean;
  readonly onSwitch: (isOn: boolean) => void;
  readonly onClose: () => void;
}

/** Lists what the keys do; they can be switched off for those whom they are in the way of. */
export default function ShortcutsDialog({ isOn, onSwitch, onClose }: ShortcutsDialogProps) {
  const t = useTranslations('shortcuts');
  const places = useTranslations('places');
  const common = useTranslations('common');
  const styles = useStyles();
  const keys: readonly (readonly [string, string])[] = [
    ['?', t('help')],
    ['/', t('search')],
    ...PLACES.map(({ key, name }) => [`g ${key}`, t('goTo', { place: places(name) })] as const),
    ['↑ ↓', t('move')],
    ['Enter', t('open')],
    ['Esc', t('close')],
  ];
  return (
    <Dialog inertTrapFocus open onOpenChange={(_event, { open }) => !open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{t('title')}</DialogTitle>
          <DialogContent>
            <dl className={styles.list}>
              {keys.map(([key, what]) => (
                <ShortcutLine key={key} shortcut={key} what={what} />
              ))}
            </dl>
            <Switch checked={isOn} onChange={(_event, { checked }) => onSwitch(checked)} label={t('on')} />
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>{common('close')}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function ShortcutLine({ shortcut, what }: { readonly shortcut: string; readonly what: string }) {
  const styles = useStyles();
  return (
    <>
      <dt className={styles.key}>{shortcut}</dt>
      <dd className={styles.what}>{what}</dd>
    </>
  );
}
