import type { Change, Upload } from '@tributary/sdk'
import { expect, test } from 'vitest'
import { config } from './config.ts'
import csv from './index.ts'
import csvSandbox from './sandbox.ts'

async function readAll(upload: Upload, settings: object): Promise<Change[]> {
  const signal = new AbortController().signal
  const dial = () => Promise.reject(new Error('a file needs no network'))
  const adapter = csv.open({ config: config.parse(settings), secret: () => '', fetch, dial, upload, signal })
  const [resource] = await adapter.discover!()
  return (await adapter.read!({ resource: resource!, scan: 'full', limit: 10_000 })).items
}

test('holds a file of 300 rows with all that makes files awkward', async () => {
  const sandbox = await csvSandbox.start()
  const rows = (await readAll(sandbox.upload!, sandbox.config)).map(({ payload }) => payload as Record<string, unknown>)
  expect(rows).toHaveLength(300)
  expect(rows.filter((row) => row['E-Mail'] === null).length).toBeGreaterThan(10)
  expect(rows.filter((row) => String(row['Postal Code']).startsWith('0')).length).toBeGreaterThan(10)
  expect(rows.some((row) => String(row.Notes).includes('back door\r\nring twice'))).toBe(true)
  expect(rows.some((row) => row.Notes === 'Says "call me", never does')).toBe(true)
  const addresses = rows.flatMap((row) => (row['E-Mail'] as string | null) ?? [])
  expect(addresses.filter((address) => !address.endsWith('@example.com'))).toEqual([])
})

test('is another content after each edit, and what is read then is what it says', async () => {
  const sandbox = await csvSandbox.start({ seed: 7 })
  const before = sandbox.upload!.revision
  expect(sandbox.upload!.revision).toBe(before)
  const made = await sandbox.mutate.create('row', { Notes: 'a "new", one\nof two lines', Orders: 3 })
  await sandbox.mutate.update('row', '00002', { Name: 'Jane; Doe', 'E-Mail': null })
  await sandbox.mutate.remove('row', '00003')
  expect(sandbox.upload!.revision).not.toBe(before)
  const items = await readAll(sandbox.upload!, sandbox.config)
  expect(items.map(({ payload }) => payload)).toEqual(await sandbox.truth('row'))
  expect(items.at(-1)).toMatchObject({ id: '00301', payload: made })
  expect(items.find(({ id }) => id === '00002')).toMatchObject({ payload: { Name: 'Jane; Doe', 'E-Mail': null } })
  expect(await sandbox.deleted('row')).toEqual(['00003'])
})

test('does not know a row that is not there', async () => {
  const { mutate } = await csvSandbox.start()
  expect(() => mutate.update('row', '99999', {})).toThrow('csv sandbox: there is no row 99999')
  expect(() => mutate.remove('row', '99999')).toThrow('csv sandbox: there is no row 99999')
})
