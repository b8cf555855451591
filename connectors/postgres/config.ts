import type { ModelName } from '@tributary/sdk'
import { modelNames } from '@tributary/sdk/models'
import { z } from 'zod'

const identifier = z.string().min(1).max(63)
const table = z.string().regex(/^[^.].*\..*[^.]$/, 'must be a schema and a table, like public.orders')

/** Which database, what of it, and how. Nothing in here names a file, and no connection string is taken, for these can. */
export const config = z.strictObject({
  host: z
    .string()
    .regex(/^[A-Za-z0-9._:-]+$/, 'must be the name or the address of a host: no path, no URL and no list of hosts')
    .describe('The name or the address of the host.'),
  port: z.int().min(1).max(65_535).default(5432),
  database: identifier
    .regex(/^[^=\0]+$/, 'must be the name of a database; give host and port by themselves')
    .refine((name) => !name.includes('://'), 'must be the name of a database; give host and port by themselves'),
  schemas: z.array(identifier).min(1).default(['public']).describe('Whose tables and views are read.'),
  tables: z
    .array(table)
    .min(1)
    .optional()
    .describe('Which tables and views are read, as schema.table, instead of all in `schemas` that have a key.'),
  key_columns: z
    .record(table, z.array(identifier).min(1))
    .default({})
    .describe(
      'schema.table -> the columns that tell its rows apart: for views, and tables without a primary key or a unique one without nulls. A row with a null in them is not read.',
    ),
  cursor_columns: z
    .record(table, identifier)
    .default({})
    .describe(
      'schema.table -> the column with the time of the last change, by which only what changed is read. Rows without one are seen by full passes alone. Without a time zone it is taken as UTC. It should have an index.',
    ),
  models: z
    .record(
      table,
      z.strictObject({
        model: z.enum(modelNames as [ModelName, ...ModelName[]]),
        mapping: z.record(z.string(), z.string()).describe('Field of the model -> name of the column that holds it.'),
      }),
    )
    .default({})
    .describe('schema.table -> the unified model that a row is one of.'),
  sslmode: z.enum(['verify-full', 'disable']).default('verify-full').meta({
    description:
      'Whether the connection is encrypted and the server has to prove who it is. Only to be set for a sandbox.',
    deploymentOption: true,
  }),
  ssl_ca: z
    .string()
    .regex(/^\s*-----BEGIN CERTIFICATE-----\r?\n/, 'must be the text of a certificate (PEM), not the name of a file')
    .optional()
    .describe('The certificate (PEM) of the authority that signed the server’s, where it is not a public one.'),
  statement_timeout_seconds: z.int().min(1).max(100).default(60).describe('How long the server may work on one page.'),
  hold_back_seconds: z
    .number()
    .nonnegative()
    .default(60)
    .describe(
      'How long a transaction may stay open between the time that it writes in the cursor column and its end. Rows as new as this are read again.',
    ),
})

export type Config = z.infer<typeof config>
