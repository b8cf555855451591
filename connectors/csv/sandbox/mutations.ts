import { createRandom, inventPerson, type Mutations } from '@tributary/sdk/sandbox'
import { KEY, toRow, type Line, type Row, type Table } from './table.ts'

/** Somebody edits the file: each change makes it another content. */
export function createMutations(table: Table, seed: number): Mutations {
  const random = createRandom(seed, 'csv mutations')
  return {
    create(_resource, fields = {}) {
      const n = Math.max(0, ...[...table.lines.keys()].map(Number)) + 1
      const { name, email, phone, company } = inventPerson(random, n)
      const invented = {
        [KEY]: String(n).padStart(5, '0'),
        Name: name,
        'E-Mail': email,
        Phone: phone,
        Company: company,
      }
      return put(table, { ...invented, Orders: '0', ...toLine(fields) })
    },
    update: (_resource, id, fields) => put(table, { ...lineOf(table, id), ...toLine(fields), [KEY]: id }),
    remove(_resource, id) {
      lineOf(table, id)
      table.lines.delete(id)
      table.deleted.push(id)
      table.changed()
    },
  }
}

function put(table: Table, line: Line) {
  table.lines.set(line[KEY]!, line)
  table.changed()
  return toRow(line)
}

function lineOf({ lines }: Table, id: string): Line {
  const line = lines.get(id)
  if (line) return line
  throw new Error(`csv sandbox: there is no row ${id}`)
}

const toLine = (fields: object): Line =>
  Object.fromEntries(Object.entries(fields as Row).map(([name, value]) => [name, value === null ? '' : String(value)]))
