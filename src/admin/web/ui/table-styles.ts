import { makeStyles, tokens } from '@fluentui/react-components';

/**
 * A plain table, dense enough to work with; columns that say less go first when it gets narrow, and what still is too wide
 * scrolls in its frame: words are not cut to make it fit.
 */
export const useTableStyles = makeStyles({
  around: {
    overflowX: 'auto',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
  },
  table: {
    width: '100%',
    borderCollapse: 'collapse',
    overflowWrap: 'break-word',
    '& th': {
      textAlign: 'start',
      fontWeight: tokens.fontWeightSemibold,
      fontSize: tokens.fontSizeBase200,
      color: tokens.colorNeutralForeground2,
      padding: '8px 12px',
      whiteSpace: 'nowrap',
    },
    '& td': { padding: '7px 12px', borderTop: `1px solid ${tokens.colorNeutralStroke2}`, verticalAlign: 'top' },
  },
  row: { ':hover': { backgroundColor: tokens.colorNeutralBackground2 } },
  selected: {
    backgroundColor: tokens.colorNeutralBackground3,
    boxShadow: `inset 3px 0 0 ${tokens.colorCompoundBrandStroke}`,
  },
  minor: { '@media (max-width: 860px)': { display: 'none' } },
  when: { minWidth: '150px', '@media (max-width: 640px)': { minWidth: '100px' } },
  soft: { color: tokens.colorNeutralForeground3 },
  end: { textAlign: 'end', whiteSpace: 'nowrap' },
  empty: { padding: '24px', color: tokens.colorNeutralForeground3, textAlign: 'center' },
  pager: { display: 'flex', gap: '8px', alignItems: 'center', justifyContent: 'flex-end' },
});
