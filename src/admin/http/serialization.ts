import { type Options, type SerializerFactory, SerializerSelector } from '@fastify/fast-json-stringify-compiler';

/**
 * Compiles what writes answers, so that nothing is in one that its schema does not have. Problem documents are written by
 * `sendProblem`: their schemas, ten for each route, are for the API's document only. Each is compiled for the first answer
 * that it writes: all of them together would add more than a second to the start of the service.
 *
 * @param named the schemas that others refer to.
 */
export const createSerialization: SerializerFactory = (named?: unknown, options?: Options) => {
  const compile = SerializerSelector()(named, options);
  return (route) => {
    if (!/^2/.test(route.httpStatus)) return (body: unknown) => JSON.stringify(body);
    let write: ReturnType<typeof compile> | undefined;
    return (body: unknown) => {
      write ??= compile(route);
      return write(body);
    };
  };
};
