import type { RouteOptions } from 'fastify';
import { commonProblems } from '../../admin/http/openapi.ts';
import { PROBLEMS, type ProblemName } from '../../admin/http/problems.ts';
import type { HttpApp } from '../../admin/http/route.ts';

/** A route as it was registered, everything that documents it included. */
export interface RegisteredRoute {
  readonly method: string;
  /** With the names of its parameters, such as `/api/v1/tokens/:id`. */
  readonly url: string;
  readonly options: RouteOptions;
}

/** Notes which routes an application has; call it before the application is ready. */
export function collectRoutes(app: HttpApp): readonly RegisteredRoute[] {
  const routes: RegisteredRoute[] = [];
  app.addHook('onRoute', (options) => {
    for (const method of [options.method].flat()) routes.push({ method, url: options.url, options });
  });
  return routes;
}

/** Routes that the API description leaves out on purpose: the description itself. */
export const isDescribed = ({ options }: RegisteredRoute): boolean => options.schema?.hide !== true;

const statusesOf = (names: readonly ProblemName[]): ReadonlySet<number> =>
  new Set(names.map((name) => PROBLEMS[name].status));

/** What any route of its sort may answer, whatever it does: one suite provokes these at all routes. */
export const commonStatuses = ({ options }: RegisteredRoute): ReadonlySet<number> =>
  statusesOf(commonProblems(options));

/** What is documented of a route because of what it does: its own suite provokes these. */
export function ownStatuses(route: RegisteredRoute): ReadonlySet<number> {
  const { response } = route.options.schema ?? {};
  const common = commonStatuses(route);
  const documented = Object.keys(response ?? {}).map(Number);
  const own = statusesOf(route.options.config?.problems ?? []);
  return new Set([...documented.filter((status) => !common.has(status)), ...own]);
}

/** Which answers the tests of a file have been given, so that none is documented that no test has seen. */
export class AnswerRecorder {
  readonly #seen = new Set<string>();

  /** Notes every answer of an application from now on; call it before the application is ready. */
  watch(app: HttpApp): void {
    app.addHook('onResponse', async ({ method, routeOptions }, { statusCode }) => {
      this.#seen.add(`${method} ${routeOptions.url} ${statusCode}`);
    });
  }

  /** The answers of these routes that were expected and not seen, such as `GET /api/v1/me 401`. */
  missing(
    routes: readonly RegisteredRoute[],
    expected: (route: RegisteredRoute) => ReadonlySet<number>,
  ): readonly string[] {
    return routes
      .filter(isDescribed)
      .flatMap((route) =>
        [...expected(route)]
          .map((status) => `${route.method} ${route.url} ${status}`)
          .filter((answer) => !this.#seen.has(answer)),
      );
  }

  /**
   * What the routes below these addresses document because of what they do, and no test that this has watched was given.
   * A suite of routes ends by expecting this to be empty; another sees to it that there is a suite for every route.
   */
  missingOf(routes: readonly RegisteredRoute[], prefixes: readonly string[]): readonly string[] {
    const isOne = ({ url }: RegisteredRoute) =>
      prefixes.some((prefix) => url === prefix || url.startsWith(`${prefix}/`));
    return this.missing(routes.filter(isOne), ownStatuses);
  }
}
