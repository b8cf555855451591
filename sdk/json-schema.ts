import { Ajv } from 'ajv'

/** Checks a value against a schema: one sentence for each thing that is wrong, without the value; none for a good one. */
export type Check = (value: unknown) => string[]

/** Compiles a JSON schema (draft 7). Strict: throws for a keyword or a type that would silently do nothing. */
export function compileSchema(schema: object): Check {
  const validate = new Ajv({ strict: true, allErrors: true }).compile(schema)
  return (value) => {
    validate(value)
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`)
  }
}
