import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { apiConfig, migrateConfig, workerConfig, type Environment } from '../config.ts'

// No Docker engine builds or runs these files in a test: what can be known of them without one is checked. The schema of the
// compose specification is the matter of compose-schema.test.ts.

interface Service {
  image: string
  command?: string[]
  container_name?: string
  depends_on?: Record<string, { condition: string }>
  deploy?: { replicas: number }
  environment: Record<string, string>
  healthcheck?: { test?: string[]; disable?: boolean }
  networks: string[]
  ports?: string[]
  read_only?: boolean
  restart: string
  volumes?: string[]
}
interface Compose {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean }>
}

const root = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const text = read('docker-compose.yml')
const compose = parse(text, { merge: true }) as Compose
const services = Object.entries(compose.services)

const programs = services.flatMap(([, { command }]) => command?.filter((part) => part.endsWith('.ts')) ?? [])

const SECRETS = ['INTEGRATION_ENCRYPTION_KEY', 'POSTGRES_PASSWORD', 'TEMPORAL_DB_PASSWORD', 'TRIBUTARY_APP_PASSWORD']
const uses = [...text.matchAll(/\$\{([A-Z_]+)([^}]*)\}/g)].map(([, name, rest]) => ({ name: name!, rest: rest! }))
const given = { ...Object.fromEntries(SECRETS.map((name) => [name, 'abc123'])), INTEGRATION_ENCRYPTION_KEY: 'k1:YWJj' }

/** Services that do their work and end: the ones that others wait for to be completed. */
const once = new Set(waits().flatMap(({ on, condition }) => (condition === 'service_completed_successfully' ? on : [])))

describe('docker-compose.yml', () => {
  it('refuses to start without a secret, and says how to make one', () => {
    const secrets = uses.filter(({ name }) => /KEY|PASSWORD|SECRET|TOKEN/.test(name))
    expect([...new Set(secrets.map(({ name }) => name))].toSorted()).toEqual(SECRETS)
    for (const { rest } of secrets) expect(rest).toMatch(/^:\?.+openssl rand -(hex 24|base64 32)/)
  })

  it('writes no secret down, neither alone nor in a URL', () => {
    const variables = services.flatMap(([, { environment }]) => Object.entries(environment))
    const secrets = variables.filter(([name]) => /KEY|PASSWORD|PWD|SECRET|TOKEN/.test(name)).map(([, value]) => value)
    const inUrls = variables.flatMap(([, value]) => /^\w+:\/\/[^:/]+:(.+)@[^@]+$/.exec(value)?.[1] ?? [])
    expect(secrets.length).toBeGreaterThanOrEqual(6)
    expect(inUrls).toHaveLength(4)
    for (const value of [...secrets, ...inUrls]) expect(value).toMatch(/^\$\{[A-Z_]+:\?[^}]+\}$/)
  })

  it('gives the processes the variables that they read, and no other', () => {
    const readers = { api: apiConfig, worker: workerConfig, migrate: migrateConfig }
    for (const [name, config] of Object.entries(readers)) {
      const environment = interpolate(compose.services[name]!.environment)
      expect(Object.keys(config(environment)), name).toEqual(expect.arrayContaining(Object.keys(environment)))
    }
  })

  it('has a health check for every service that stays, and restarts it', () => {
    const staying = services.filter(([name]) => !once.has(name))
    expect(staying.map(([name]) => name)).toEqual(['postgres', 'temporal', 'temporal-ui', 'api', 'worker'])
    for (const [name, { healthcheck, restart }] of staying) {
      expect(healthcheck?.test?.length, name).toBeGreaterThan(1)
      expect(restart, name).toBe('unless-stopped')
    }
  })

  it('tries again what runs once and failed', () => {
    expect([...once].toSorted()).toEqual(['migrate', 'temporal-namespace', 'temporal-schema'])
    for (const name of once) expect(compose.services[name]!.restart).toMatch(/^on-failure:\d+$/)
  })

  it('waits for what stays to be healthy', () => {
    for (const { on, condition } of waits())
      expect(condition, on).toBe(once.has(on) ? 'service_completed_successfully' : 'service_healthy')
  })

  it('starts API and workers after the migration and the namespace', () => {
    for (const name of ['api', 'worker'])
      expect(Object.keys(compose.services[name]!.depends_on!).toSorted()).toEqual([
        'migrate',
        'postgres',
        'temporal',
        'temporal-namespace',
      ])
  })

  it('can run any number of workers', () => {
    const { worker } = compose.services
    expect(worker).not.toHaveProperty('container_name')
    expect(worker).not.toHaveProperty('ports')
    expect(worker!.deploy!.replicas).toBeGreaterThan(1)
  })

  it('opens ports to this machine only, and none of Postgres and Temporal', () => {
    const open = services.flatMap(([name, { ports }]) => (ports ?? []).map((port) => ({ name, port })))
    expect(open.map(({ name }) => name)).toEqual(['temporal-ui', 'api'])
    for (const { port } of open) expect(port).toMatch(/^127\.0\.0\.1:/)
    expect(compose.networks.data!.internal).toBe(true)
    for (const name of ['postgres', 'temporal', 'migrate']) expect(compose.services[name]!.networks).toEqual(['data'])
  })

  it('pins every image, ours to the version of package.json', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string }
    for (const [name, { image }] of services) {
      if (['migrate', 'api', 'worker'].includes(name)) expect(image).toBe(`tributary:${version}`)
      else expect(image).toMatch(/^[a-z/-]+:\d+\.\d+/)
    }
  })

  it('starts programs and mounts files that exist', () => {
    const mounts = services.flatMap(([, { volumes }]) => volumes ?? []).filter((volume) => volume.startsWith('./'))
    expect(programs).toHaveLength(3)
    expect(mounts).toHaveLength(4)
    for (const file of [...programs, ...mounts.map((mount) => mount.split(':')[0]!)])
      expect(existsSync(path.join(root, file)), file).toBe(true)
  })
})

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n')
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM')))

  it('builds on a pinned image', () => {
    const images = lines.filter((line) => line.startsWith('FROM')).map((line) => line.split(' ')[1])
    expect(images).toHaveLength(2)
    for (const image of images) expect(image).toMatch(/^node:\d+\.\d+\.\d+-/)
  })

  it('runs as a user without rights, with a health check', () => {
    expect(last).toContain('USER node')
    expect(last.some((line) => line.startsWith('HEALTHCHECK'))).toBe(true)
  })

  it('keeps what is secret or yours alone out of the image', () => {
    for (const file of ['.env', '.git/config', '.tributary/key', 'node_modules/zod/index.js', 'sdk/node_modules/x.js'])
      expect(isIgnored(file), file).toBe(true)
    for (const file of [
      'engine/decide.test.ts',
      'stack/start.ts',
      'connectors/csv/fixtures/a.csv',
      'scripts/sandbox.ts',
    ])
      expect(isIgnored(file), file).toBe(true)
  })

  it('leaves in the image what the programs of compose import, and what they read', () => {
    // The bundler finds workflows by path, and the registry connectors by folder.
    const found = ['workflows/index.ts', 'connectors/csv/index.ts', 'connectors/stripe/index.ts']
    const files = [...imported(['scripts/create-org.ts', ...programs, ...found])]
    const folders = ['connectors', 'db/migrations'].flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    )
    const data = folders.filter((file) => /(\.sql|_journal\.json|manifest\.json)$/.test(file))
    expect(files.length).toBeGreaterThan(100)
    expect(data.length).toBeGreaterThan(4)
    expect([...files, ...data].filter(isIgnored)).toEqual([])
  })
})

/** All files of ours that these files import, themselves included. */
function imported(files: string[], found = new Set<string>()): Set<string> {
  for (const file of files.filter((each) => !found.has(each))) {
    found.add(file)
    const specifiers = [...read(file).matchAll(/(?:from|import) '(\.[^']+)'/g)].map((match) => match[1]!)
    imported(
      specifiers.map((specifier) => path.join(path.dirname(file), specifier)),
      found,
    )
  }
  return found
}

/** By the rules of .dockerignore: the last pattern that matches the file or a folder above it decides. */
function isIgnored(file: string): boolean {
  const patterns = read('.dockerignore')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
  const decisive = patterns.findLast((pattern) => toRegExp(pattern.replace(/^!/, '')).test(file))
  return decisive !== undefined && !decisive.startsWith('!')
}

function toRegExp(pattern: string): RegExp {
  const parts: Record<string, string> = { '**/': '(?:.*/)?', '*': '[^/]*', '.': '\\.' }
  return new RegExp(`^${pattern.replace(/\*\*\/|\*|\./g, (part) => parts[part]!)}(?:/|$)`)
}

function waits(): { on: string; condition: string }[] {
  const all = services.flatMap(([, { depends_on }]) => Object.entries(depends_on ?? {}))
  return all.map(([on, { condition }]) => ({ on, condition }))
}

/** What compose would pass with the secrets of `given`, and the defaults for the rest. */
function interpolate(environment: Record<string, string>): Environment {
  const value = (name: string, rest: string) => (given as Environment)[name] ?? rest.replace(/^:-/, '')
  const filled = (template: string) =>
    template.replace(/\$\{([A-Z_]+)([^}]*)\}/g, (_all, name: string, rest: string) => value(name, rest))
  return Object.fromEntries(Object.entries(environment).map(([name, template]) => [name, filled(template)]))
}
