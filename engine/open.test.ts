import { describe, expect, test } from 'vitest'
import { loadRegistry } from '../connectors/registry.ts'
import type { EngineDeps } from './deps.ts'
import { openAdapter } from './open.ts'

// Its base_url is for sandboxes alone, and has a default.
const registry = await loadRegistry({ config: { connectors: { enabled: [], external: ['./docs/example-connector'] } } })
const open = (config: object, allowPrivateTargets: boolean) => () =>
  openAdapter(
    { registry, allowPrivateTargets } as EngineDeps,
    { connector: 'acme_helpdesk', config, credentials: {} },
    { signal: new AbortController().signal, priority: 'live' },
  )

describe('a setting that is the deployment’s to open', () => {
  test('is refused by name where the deployment keeps it shut', () => {
    expect(open({ base_url: 'http://127.0.0.1:4010' }, false)).toThrow(
      'acme_helpdesk: base_url is not allowed on this deployment; leave it out',
    )
  })

  test('can be left out, or be what it would be then', () => {
    expect(open({}, false)).not.toThrow()
    expect(open({ base_url: 'https://api.helpdesk.example.com' }, false)).not.toThrow()
  })

  test('can be set where the deployment opens it', () => {
    expect(open({ base_url: 'http://127.0.0.1:4010' }, true)).not.toThrow()
  })
})
