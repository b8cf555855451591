import { expect, test } from 'vitest'
import { describeContract } from '../../connectors/contract.ts'
import { loadRegistry } from '../../connectors/registry.ts'
import { mapRecords } from '../../engine/map-records.ts'

// In tributary.config.ts this is `external: ['./docs/example-connector']`.
const registry = await loadRegistry({ config: { connectors: { enabled: [], external: ['./docs/example-connector'] } } })
const entry = registry.getConnector('acme_helpdesk')

await describeContract(registry, 'acme_helpdesk')

test('makes a customer of a customer', () => {
  const payload = {
    id: 'cus_7',
    full_name: 'Jane Doe',
    contact: { email: 'jane@example.com' },
    organisation: null,
    labels: ['vip'],
    created: '2024-01-31T10:00:00Z',
    plan: 'gold',
  }
  const [resource] = entry.manifest.resources
  const account = { id: 'ws_demo', mode: 'test' } as const
  expect(mapRecords(entry, account, resource!, { id: 'cus_7', payload })).toMatchObject({
    ok: true,
    records: [
      {
        source_id: 'cus_7',
        name: 'Jane Doe',
        email: 'jane@example.com',
        tags: ['vip'],
        custom_fields: { plan: 'gold' },
      },
    ],
  })
})
