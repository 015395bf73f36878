import type { RouteOptions } from 'fastify';
import type { Role } from '../../../domain/role.ts';
import { type HttpApp, isForSession } from '../route.ts';

/** What roles may do, as the routes themselves say it: the pages offer nothing else. */
export class Permissions {
  readonly #roles = new Map<string, ReadonlySet<Role>>();

  /** Notes every route that is added from now on. */
  watch(app: HttpApp): void {
    app.addHook('onRoute', (route) => this.#note(route));
  }

  /** Whether one of the roles may do what has this name: an operation, or what of one is for some roles only. */
  may(roles: readonly Role[], name: string): boolean {
    const allowed = this.#roles.get(name);
    return allowed !== undefined && roles.some((role) => allowed.has(role));
  }

  /** The names of everything that one of the roles may do. */
  of(roles: readonly Role[]): string[] {
    return [...this.#roles.keys()].filter((name) => this.may(roles, name)).sort();
  }

  #note({ config, schema }: RouteOptions): void {
    const roles = config?.roles;
    if (roles === undefined || roles === 'public' || isForSession(roles)) return;
    const name = schema?.operationId;
    if (name !== undefined) this.#roles.set(name, new Set(roles));
    for (const [part, some] of Object.entries(config?.partly ?? {})) this.#roles.set(part, new Set(some));
  }
}
