import {
  Call20Regular,
  ClipboardTextLtr20Regular,
  Home20Regular,
  Key20Regular,
  LaptopPerson20Regular,
  NumberSymbol20Regular,
  People20Regular,
  ShieldKeyhole20Regular,
} from '@fluentui/react-icons';
import type { ReactElement } from 'react';

export type PlaceName =
  | 'overview'
  | 'recipients'
  | 'policies'
  | 'dialPlans'
  | 'calls'
  | 'audit'
  | 'tokens'
  | 'sessions';

export interface Place {
  readonly name: PlaceName;
  readonly href: string;
  readonly icon: ReactElement;
  /** Pressed after `g`. */
  readonly key: string;
  /** Shown only to those who may do this. */
  readonly needs: string;
}

/** Where the navigation leads. */
export const PLACES: readonly Place[] = [
  { name: 'overview', href: '/admin', icon: <Home20Regular />, key: 'o', needs: 'listMailboxes' },
  { name: 'recipients', href: '/admin/recipients', icon: <People20Regular />, key: 'r', needs: 'listMailboxes' },
  {
    name: 'policies',
    href: '/admin/policies',
    icon: <ShieldKeyhole20Regular />,
    key: 'p',
    needs: 'listMailboxPolicies',
  },
  { name: 'dialPlans', href: '/admin/dial-plans', icon: <NumberSymbol20Regular />, key: 'd', needs: 'listDialPlans' },
  { name: 'calls', href: '/admin/calls', icon: <Call20Regular />, key: 'c', needs: 'listCalls' },
  { name: 'audit', href: '/admin/audit', icon: <ClipboardTextLtr20Regular />, key: 'a', needs: 'searchAudit' },
  { name: 'tokens', href: '/admin/tokens', icon: <Key20Regular />, key: 't', needs: 'listTokens' },
  { name: 'sessions', href: '/admin/sessions', icon: <LaptopPerson20Regular />, key: 's', needs: 'listSessions' },
];
