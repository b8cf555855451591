import type { ModelName } from '@tributary/sdk'
import { modelNames } from '@tributary/sdk/models'
import { z } from 'zod'
import { encodings } from './encoding.ts'

const delimiter = z
  .string()
  .length(1)
  .refine((mark) => !'"\r\n\0'.includes(mark), 'must be neither a quote nor a line break')

/** How a file is read. All of it can be left out: then it is found, or each row is known by what it holds. */
export const config = z
  .strictObject({
    key_column: z
      .string()
      .optional()
      .describe('The column whose value names a row. Without one, a row is known by all that it holds.'),
    delimiter: delimiter
      .optional()
      .describe('What stands between two columns, such as ; or a tab. Detected if left out.'),
    encoding: z.enum(encodings).optional().describe('Detected if left out.'),
    has_header: z
      .boolean()
      .default(true)
      .describe('Whether the first row names the columns. Else they are column_1, column_2, …'),
    null_values: z
      .array(z.string())
      .default([])
      .describe('Values that mean nothing, such as NULL or n/a. The empty value always does.'),
    model: z
      .enum(modelNames as [ModelName, ...ModelName[]])
      .optional()
      .describe('The unified model that a row is one of.'),
    mapping: z
      .record(z.string(), z.string())
      .optional()
      .describe('Field of the model -> name of the column that holds it.'),
  })
  .refine((given) => (given.model === undefined) === (given.mapping === undefined), {
    path: ['mapping'],
    message: 'model and mapping go together: give both or neither',
  })

export type Config = z.infer<typeof config>
