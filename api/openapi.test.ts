import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../stack/test-database.ts'
import { createTestApi, type TestApi } from './test-api.ts'

type Operation = {
  summary?: string
  security?: object[]
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}
type Document = {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
  security: object[]
}

let database: TestDatabase
let api: TestApi
let document: Document
const routes: string[] = []
beforeAll(async () => {
  database = await createTestDatabase()
  api = await createTestApi(database, inject('temporalAddress'))
  document = (await api.app.inject({ url: '/openapi.json' })).json()
  routes.push(...routesOf(api.app.printRoutes({ commonPrefix: false })))
})
afterAll(async () => {
  await api.close()
  await database.drop()
})

/** "GET /v1/syncs/{sync_id}" of each line of Fastify's tree. */
function routesOf(tree: string): string[] {
  const stack: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent, part, methods] = /^([\s│]*(?:├──|└──) )(\S*)(?: \(([A-Z, ]+)\))?/.exec(line) ?? []
    if (indent === undefined) return []
    stack.splice(indent.length / 4 - 1, Infinity, part!)
    const path = stack.join('').replaceAll(/:(\w+)/g, '{$1}')
    return (methods?.split(', ') ?? []).map((method) => `${method} ${path}`)
  })
}

test('every route below /v1 is in the document, and nothing else of /v1 is', () => {
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const served = routes.filter((route) => route.includes(' /v1/'))
  expect(served.length).toBeGreaterThan(25)
  expect(documented.filter((route) => route.includes(' /v1/')).toSorted()).toEqual(served.toSorted())
})

test('every operation says what it is for, what it answers, and how it fails', () => {
  for (const [path, operations] of Object.entries(document.paths).filter(([path]) => path.startsWith('/v1/'))) {
    for (const operation of Object.values(operations)) {
      expect([path, operation.summary]).toEqual([path, expect.stringMatching(/\w+/)])
      const [success, ...failures] = Object.keys(operation.responses)
      expect([path, success, failures]).toEqual([path, expect.stringMatching(/^20\d$/), ['4XX', '5XX']])
      const failure = operation.responses['4XX']!.content!['application/json']!.schema
      expect(failure).toEqual({ $ref: '#/components/schemas/Error' })
    }
  }
})

test('every reference leads to a schema, and every schema is used', () => {
  expect(document.openapi).toBe('3.1.0')
  const references = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name!)
  expect([...new Set(references)].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted())
})

test('a key is asked for, but not by what tells whether the process lives', () => {
  expect(document.security).toEqual([{ key: [] }])
  expect(document.paths['/health']!.get!.security).toEqual([])
  expect(document.paths['/v1/customers']!.get!.security).toBeUndefined()
})

test('filters of a list are those of its model', () => {
  const { parameters } = document.paths['/v1/invoices']!.get as unknown as {
    parameters: { name: string; schema: object }[]
  }
  const names = parameters.map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining(['customer_id', 'invoice_number', 'status', 'limit', 'cursor', 'include']),
  )
  expect(parameters.find(({ name }) => name === 'status')!.schema).toMatchObject({
    enum: expect.arrayContaining(['overdue']),
  })
})

test('what is sent as a file is described by the type of the body', () => {
  const { requestBody } = document.paths['/v1/connections/{connection}/content']!.put as unknown as {
    requestBody: { content: Record<string, { schema: object }> }
  }
  const file = { type: 'string', format: 'binary' }
  expect(requestBody.content).toMatchObject({
    'multipart/form-data': { schema: { type: 'object', properties: { file }, required: ['file'] } },
    'text/csv': { schema: file },
    'application/octet-stream': { schema: file },
    'application/json': { schema: { type: 'object', properties: { content: { type: 'string' } } } },
  })
})

test('the reference page takes nothing from outside', async () => {
  const { body } = await api.app.inject({ url: '/docs/' })
  expect(body).toContain('swagger-ui')
  expect(body).not.toMatch(/(src|href)="(https?:)?\/\//)
})
