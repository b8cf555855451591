import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { uploadOf, type Upload } from '@tributary/sdk'
import { defineSandbox, type Sandbox } from '@tributary/sdk/sandbox'
import { createMutations } from './sandbox/mutations.ts'
import { createTable, KEY, toRow } from './sandbox/table.ts'

const FILE = `${import.meta.dirname}/fixtures/customers.csv`

/** A file of 300 invented customers, with all that makes files awkward, that is given to a connection as its content. */
export default defineSandbox<Sandbox>({
  name: 'csv',
  counts: {},
  credentials: {},
  async launch({ clock, seed }) {
    const table = createTable(await readFile(FILE))
    return {
      url: pathToFileURL(FILE).href,
      config: { key_column: KEY, model: 'customer', mapping },
      credentials: {},
      account: { id: 'csv', mode: 'live' },
      resources: ['row'],
      /** As the file is at this moment. */
      get upload(): Upload {
        const content = table.content()
        const revision = createHash('sha256').update(content).digest('hex').slice(0, 32)
        return uploadOf(revision, content)
      },
      truth: () => [...table.lines.values()].map(toRow),
      deleted: () => table.deleted,
      mutate: createMutations(table, seed),
      clock,
      example: `head -n 3 '${FILE}'`,
      close: () => Promise.resolve(),
    }
  },
})

const mapping = {
  email: 'E-Mail',
  name: 'Name',
  phone: 'Phone',
  company: 'Company',
  created_at: 'Customer since',
  'billing_address.street': 'Street',
  'billing_address.city': 'City',
  'billing_address.state': 'State',
  'billing_address.postal_code': 'Postal Code',
  'billing_address.country': 'Country',
}
