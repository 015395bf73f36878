import { type Options, type SerializerFactory, SerializerSelector } from '@fastify/fast-json-stringify-compiler';

/**
 * Compiles what writes answers, so that nothing is in one that its schema does not have. Problem documents are written by
 * `sendProblem`: their schemas, ten for each route, are for the API's document only, and compiling them would add
 * two seconds to the start of the service.
 *
 * @param named the schemas that others refer to.
 */
export const createSerialization: SerializerFactory = (named?: unknown, options?: Options) => {
  const compile = SerializerSelector()(named, options);
  return (route) => (/^2/.test(route.httpStatus) ? compile(route) : (body: unknown) => JSON.stringify(body));
};
