import Type from 'typebox';
import type { RoutePlugin } from '../parts.ts';
import { PROBLEM_NAMES, PROBLEMS, problemType } from '../problems.ts';

const ProblemPage = Type.Object(
  { type: Type.String(), title: Type.String(), status: Type.Integer(), about: Type.String() },
  { title: 'ProblemPage' },
);

/** What each kind of problem means: the page that its `type` leads to. */
export const problemRoutes: RoutePlugin = (app) => {
  app.get(
    '/problems/:name',
    {
      config: { roles: 'public' },
      schema: {
        operationId: 'getProblem',
        summary: 'What a kind of problem means',
        tags: ['Service'],
        params: Type.Object({ name: Type.Enum(PROBLEM_NAMES) }),
        response: { 200: ProblemPage },
      },
    },
    async ({ params: { name } }) => ({ type: problemType(name), ...PROBLEMS[name] }),
  );
};
