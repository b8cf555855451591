import { inspect } from 'node:util'

const MASK = '***'

/** Credentials of a connection, opened. Whatever prints, logs or serialises it gets a mask. */
export type Secrets = { get(name: string): string | undefined }

export function maskedSecrets(values: Record<string, string>): Secrets {
  const hidden = new Map(Object.entries(values))
  return Object.defineProperties({ get: (name: string) => hidden.get(name) } as Secrets, {
    toString: { value: () => MASK },
    toJSON: { value: () => MASK },
    [inspect.custom]: { value: () => MASK },
  })
}
