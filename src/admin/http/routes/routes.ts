import type { RoutePlugin } from '../parts.ts';
import { meRoutes } from './me.ts';
import { problemRoutes } from './problems.ts';
import { tokenRoutes } from './tokens.ts';

/** All routes of the API. */
export const ROUTES: readonly RoutePlugin[] = [meRoutes, problemRoutes, tokenRoutes];
