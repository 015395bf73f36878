import { Ajv, type AnySchema, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv';
import ajvFormats from 'ajv-formats';

/** More faults than this are not listed. */
const SHOWN = 20;

interface SchemaPart {
  readonly schema: AnySchema;
  /** Which part of the request it is of, such as `body`. */
  readonly httpPart?: string | undefined;
}

/** Says whether a part of a request is what it must be; the faults of the last one that was not are in `errors`. */
interface Validator {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
}

/**
 * Compiles schemas so that what comes in is what they say, and nothing more: unknown members are refused, and in bodies
 * nothing is taken for something else ("false" for false). Addresses are all text, so numbers and booleans are read there.
 * Each is compiled for the first request that it looks at, for all of them together would hold up the start of the service.
 *
 * @param named the schemas that others refer to.
 */
export function createValidation(named: readonly AnySchemaObject[]): (part: SchemaPart) => Validator {
  const options = { allErrors: true, strict: false, removeAdditional: false, useDefaults: true } as const;
  const exact = new Ajv(options);
  const fromText = new Ajv({ ...options, coerceTypes: true });
  for (const ajv of [exact, fromText]) {
    ajvFormats.default(ajv);
    for (const schema of named) ajv.addSchema(schema);
  }
  return ({ schema, httpPart }) => {
    let validate: ValidateFunction | undefined;
    const validator: Validator = (value) => {
      validate ??= (httpPart === 'body' ? exact : fromText).compile(schema);
      const isValid = validate(value);
      validator.errors = validate.errors ?? null;
      return isValid;
    };
    return validator;
  };
}

/** Where and how a request is not what it must be, without any value of it. */
export interface Fault {
  /** A JSON pointer into the body, or the name of a parameter. */
  readonly path: string;
  readonly message: string;
}

/** Puts what the validation found into words. */
export function faultsOf(
  errors: readonly Pick<ErrorObject, 'instancePath' | 'message' | 'params' | 'keyword'>[],
): readonly Fault[] {
  return errors.slice(0, SHOWN).map(({ instancePath, keyword, params, message = 'is not valid' }) => {
    if (keyword === 'additionalProperties') {
      return { path: `${instancePath}/${String(params.additionalProperty).slice(0, 100)}`, message: 'is not known' };
    }
    if (keyword === 'required')
      return { path: `${instancePath}/${String(params.missingProperty)}`, message: 'is missing' };
    if (keyword === 'enum') {
      return { path: instancePath, message: `must be one of ${params.allowedValues.map(String).join(', ')}` };
    }
    if (keyword === 'const') return { path: instancePath, message: `must be ${String(params.allowedValue)}` };
    return { path: instancePath, message };
  });
}
