import { expect, test } from 'vitest'
import {
  apiConfig,
  ConfigError,
  credentialsConfig,
  launcherConfig,
  migrateConfig,
  workerConfig,
  type Environment,
} from './config.ts'

const complete = {
  DATABASE_URL: 'postgres://tributary_app:secret@127.0.0.1:5432/tributary',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  INTEGRATION_ENCRYPTION_KEY: 'k1:AAAA',
}

/** The lines of the error, or what was read where there is none. */
function problemsOf(read: (env: Environment) => unknown, env: Environment): string[] {
  try {
    return [`read ${JSON.stringify(read(env))}`]
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message.split('\n').slice(1)
  }
}

test('Everything that is missing is named at once, with what to do about it', () => {
  expect(problemsOf(apiConfig, {})).toEqual([
    '  DATABASE_URL is not set. Set it to postgres://tributary_app:<password>@<host>:5432/<database>.',
    '  TEMPORAL_ADDRESS is not set. Set it to the host:port of a Temporal frontend, such as 127.0.0.1:7233.',
    '  INTEGRATION_ENCRYPTION_KEY is not set. Make one with: echo "k1:$(openssl rand -base64 32)"',
  ])
  expect(problemsOf(migrateConfig, {})).toEqual([
    '  DATABASE_ADMIN_URL is not set. Set it to the URL of a role that may create roles, for the migration only.',
    '  DATABASE_URL is not set. Set it to postgres://tributary_app:<password>@<host>:5432/<database>.',
  ])
})

test('What is wrong is named together with what is missing, and is not called missing', () => {
  const wrong = { PORT: 'http', DATABASE_POOL_SIZE: '1', ALLOW_PRIVATE_TARGETS: 'yes', LOG_LEVEL: 'loud' }
  const names = problemsOf(apiConfig, { ...wrong, TEMPORAL_ADDRESS: 'http://temporal:7233' }).map((line) =>
    line.trim().split(' ').slice(0, 3).join(' '),
  )
  expect(names.toSorted()).toEqual([
    'ALLOW_PRIVATE_TARGETS is wrong:',
    'DATABASE_POOL_SIZE is wrong:',
    'DATABASE_URL is not',
    'INTEGRATION_ENCRYPTION_KEY is not',
    'LOG_LEVEL is wrong:',
    'PORT is wrong:',
    'TEMPORAL_ADDRESS is wrong:',
  ])
})

test.each(Object.keys(complete))('%s has no default in any process that needs it', (name) => {
  const { [name as keyof typeof complete]: _, ...rest } = complete
  for (const read of [apiConfig, workerConfig])
    expect(problemsOf(read, rest)).toEqual([expect.stringMatching(`^  ${name} is not set\\. `)])
})

test('A variable that is empty is not set: it takes its default, or is missing', () => {
  const config = apiConfig({ ...complete, PORT: '', LOG_LEVEL: '', TEMPORAL_UI_URL: '' })
  expect(config).toMatchObject({ PORT: 3000, LOG_LEVEL: 'info', HOST: '127.0.0.1' })
  expect(config.TEMPORAL_UI_URL).toBeUndefined()
  expect(problemsOf(apiConfig, { ...complete, INTEGRATION_ENCRYPTION_KEY: '' })).toEqual([
    expect.stringContaining('INTEGRATION_ENCRYPTION_KEY is not set'),
  ])
})

test('A value that is refused is not repeated, since it may hold a password', () => {
  const env = { ...complete, DATABASE_URL: 'mysql://root:hunter2@127.0.0.1/tributary' }
  const [problem, ...others] = problemsOf(apiConfig, env)
  expect(problem).toMatch(/^ {2}DATABASE_URL is wrong: it must be a URL like postgres:/)
  expect(problem).not.toContain('hunter2')
  expect(others).toEqual([])
})

test('What is not said is closed: servers listen on the loopback interface, private targets are refused', () => {
  expect(apiConfig(complete).HOST).toBe('127.0.0.1')
  expect(workerConfig(complete).METRICS_HOST).toBe('127.0.0.1')
  expect(apiConfig(complete).ALLOW_PRIVATE_TARGETS).toBe(false)
})

test('A file of content may have a GiB, or what is said', () => {
  expect(apiConfig(complete).UPLOAD_MAX_BYTES).toBe(1_073_741_824)
  expect(apiConfig({ ...complete, UPLOAD_MAX_BYTES: '5000' }).UPLOAD_MAX_BYTES).toBe(5000)
})

test('A worker serves the queues that it is told to, all of them by default, and no unknown one', () => {
  expect(workerConfig(complete).WORKER_QUEUES).toEqual(['orchestration', 'pull', 'drain'])
  expect(workerConfig({ ...complete, WORKER_QUEUES: 'pull, drain' }).WORKER_QUEUES).toEqual(['pull', 'drain'])
  expect(problemsOf(workerConfig, { ...complete, WORKER_QUEUES: 'pull,webhooks' })).toEqual([
    expect.stringMatching(/^ {2}WORKER_QUEUES\.1 is wrong: .*"orchestration"\|"pull"\|"drain"/),
  ])
})

test('Changes are kept for 30 days, and for one at least', () => {
  expect(workerConfig(complete).CHANGES_KEPT_DAYS).toBe(30)
  expect(workerConfig({ ...complete, CHANGES_KEPT_DAYS: '7' }).CHANGES_KEPT_DAYS).toBe(7)
  expect(problemsOf(workerConfig, { ...complete, CHANGES_KEPT_DAYS: '0' })).toEqual([
    expect.stringMatching(/^ {2}CHANGES_KEPT_DAYS is wrong: /),
  ])
})

test('The launcher needs nothing', () => {
  expect(launcherConfig({})).toMatchObject({ PATH: '', TRIBUTARY_DATA_DIR: '.tributary' })
})

test('Credentials are read by the names of their fields, and one that is empty is not set', () => {
  const env = { TRIBUTARY_CREDENTIAL_SECRET_KEY: 'sk_1', TRIBUTARY_CREDENTIAL_REGION: '', SECRET_KEY: 'sk_2' }
  expect(credentialsConfig(['secret_key', 'region', 'other'], env)).toEqual({ secret_key: 'sk_1' })
})
