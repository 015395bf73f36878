import {
  Button,
  Menu,
  MenuDivider,
  MenuGroupHeader,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  mergeClasses,
  Tooltip,
  tokens,
} from '@fluentui/react-components';
import { Keyboard20Regular, Person20Regular } from '@fluentui/react-icons';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';
import { Link, useLocation } from 'wouter';
import { ROLE_NAMES } from '../../../domain/role.ts';
import { signOut } from '../api/web.ts';
import { useAdministrator, useMay } from '../session/administrator.tsx';
import { useToast } from '../ui/use-toast.tsx';
import { PLACES } from './places.tsx';
import { useShortcuts } from './shortcuts.ts';
import { ThemeMenu } from './theme-menu.tsx';

/** Rarely needed, so it is not part of the first load. */
const ShortcutsDialog = lazy(() => import('./shortcuts-dialog.tsx'));

const NARROW = '@media (max-width: 860px)';
const PHONE = '@media (max-width: 480px)';
const NARROW_NO_PHONE = '@media (min-width: 481px) and (max-width: 860px)';

const useStyles = makeStyles({
  shell: {
    display: 'grid',
    minHeight: '100vh',
    gridTemplateColumns: '208px minmax(0, 1fr)',
    gridTemplateRows: '48px auto 1fr',
    gridTemplateAreas: '"top top" "nav main" "nav main"',
    [NARROW]: { gridTemplateColumns: 'minmax(0, 1fr)', gridTemplateAreas: '"top" "nav" "main"' },
  },
  skip: {
    position: 'absolute',
    left: '8px',
    top: '-60px',
    zIndex: 10,
    padding: '8px 12px',
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    ':focus': { top: '8px', outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  top: {
    gridArea: 'top',
    display: 'flex',
    alignItems: 'center',
    gap: '4px',
    padding: '0 12px 0 20px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  brand: { flexGrow: 1, fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold },
  nav: {
    gridArea: 'nav',
    padding: '12px 8px',
    display: 'flex',
    flexDirection: 'column',
    gap: '2px',
    backgroundColor: tokens.colorNeutralBackground3,
    [NARROW]: { flexDirection: 'row', overflowX: 'auto', padding: '4px 8px' },
    // Places in two lines are all seen. A phone would have four, so there they stay in one that is moved.
    [NARROW_NO_PHONE]: { flexWrap: 'wrap' },
  },
  place: {
    display: 'flex',
    alignItems: 'center',
    gap: '10px',
    minHeight: '36px',
    padding: '0 12px',
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground2,
    textDecorationLine: 'none',
    whiteSpace: 'nowrap',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover, color: tokens.colorNeutralForeground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  here: {
    backgroundColor: tokens.colorNeutralBackground1Selected,
    color: tokens.colorNeutralForeground1Selected,
    fontWeight: tokens.fontWeightSemibold,
  },
  main: { gridArea: 'main', minWidth: 0, backgroundColor: tokens.colorNeutralBackground2 },
  roles: { whiteSpace: 'normal' },
  person: { [PHONE]: { display: 'none' } },
});

const SHORTCUTS_OFF = 'touchtone-shortcuts-off';

function useShortcutSwitch(): readonly [boolean, (isOn: boolean) => void] {
  const [isOn, setOn] = useState(() => localStorage.getItem(SHORTCUTS_OFF) === null);
  return [
    isOn,
    (next) => {
      if (next) localStorage.removeItem(SHORTCUTS_OFF);
      else localStorage.setItem(SHORTCUTS_OFF, 'yes');
      setOn(next);
    },
  ];
}

/** Puts the cursor into the page's search, where it has one. */
const focusSearch = () => document.querySelector<HTMLInputElement>('input[type="search"]')?.focus();

/** What is around every page of the administration. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const styles = useStyles();
  const t = useTranslations('shell');
  const common = useTranslations('common');
  const [, navigate] = useLocation();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [areShortcutsOn, switchShortcuts] = useShortcutSwitch();
  useShortcuts(
    {
      '?': () => setHelpOpen(true),
      '/': focusSearch,
      ...Object.fromEntries(PLACES.map(({ key, href }) => [`g ${key}`, () => navigate(href)])),
    },
    areShortcutsOn,
  );
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        {t('skip')}
      </a>
      <header className={styles.top}>
        <span className={styles.brand}>{common('product')}</span>
        <Tooltip content={t('shortcuts')} relationship="label">
          <Button appearance="subtle" icon={<Keyboard20Regular />} onClick={() => setHelpOpen(true)} />
        </Tooltip>
        <ThemeMenu />
        <PersonMenu />
      </header>
      <Navigation />
      <main id="main" tabIndex={-1} className={styles.main}>
        {children}
      </main>
      <Suspense>
        {isHelpOpen && (
          <ShortcutsDialog isOn={areShortcutsOn} onSwitch={switchShortcuts} onClose={() => setHelpOpen(false)} />
        )}
      </Suspense>
    </div>
  );
}

function Navigation() {
  const styles = useStyles();
  const t = useTranslations('shell');
  const places = useTranslations('places');
  const may = useMay();
  const [location] = useLocation();
  const isHere = (href: string) => (href === '/admin' ? location === href : location.startsWith(href));
  const nav = useRef<HTMLElement>(null);
  const here = PLACES.find(({ href }) => isHere(href))?.name;
  useEffect(() => {
    // Where it is narrow the places are in one line, which may be longer than the window.
    if (here !== undefined)
      nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [here]);
  return (
    <nav ref={nav} className={styles.nav} aria-label={t('navigation')}>
      {PLACES.filter(({ needs }) => may(needs)).map(({ name, href, icon }) => (
        <Link
          key={name}
          href={href}
          className={mergeClasses(styles.place, isHere(href) && styles.here)}
          aria-current={isHere(href) ? 'page' : undefined}
        >
          {icon}
          {places(name)}
        </Link>
      ))}
    </nav>
  );
}

function PersonMenu() {
  const styles = useStyles();
  const t = useTranslations('shell');
  const toast = useToast();
  const { keeper, session } = useAdministrator();
  const leave = async (everywhere: boolean) => {
    try {
      await signOut(session, everywhere);
      keeper.end();
    } catch {
      toast(t('signOutFailed'));
    }
  };
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<Person20Regular />} aria-label={t('person', { name: session.name })}>
          <span className={styles.person}>{session.name}</span>
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuGroupHeader className={styles.roles}>
            {session.roles.map((role) => ROLE_NAMES[role]).join(', ')}
          </MenuGroupHeader>
          <MenuDivider />
          <MenuItem onClick={() => void leave(false)}>{t('signOut')}</MenuItem>
          <MenuItem onClick={() => void leave(true)}>{t('signOutEverywhere')}</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
