import { Button, Menu, MenuItemRadio, MenuList, MenuPopover, MenuTrigger, Tooltip } from '@fluentui/react-components';
import { DarkTheme20Regular } from '@fluentui/react-icons';
import { useTranslations } from 'use-intl';
import { THEME_CHOICES, useChosenTheme } from './theme.ts';

/** Light, dark, high contrast, or as the system has it. */
export function ThemeMenu() {
  const t = useTranslations('theme');
  const { choice, choose } = useChosenTheme();
  return (
    <Menu
      checkedValues={{ theme: [choice] }}
      onCheckedValueChange={(_event, { checkedItems }) => {
        const chosen = THEME_CHOICES.find((one) => one === checkedItems[0]);
        if (chosen !== undefined) choose(chosen);
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <Tooltip content={t('theme')} relationship="label">
          <Button appearance="subtle" icon={<DarkTheme20Regular />} />
        </Tooltip>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {THEME_CHOICES.map((one) => (
            <MenuItemRadio key={one} name="theme" value={one}>
              {t(one)}
            </MenuItemRadio>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
