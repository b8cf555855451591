import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { ParseArgsConfig } from 'node:util'
import { noFaults } from '@tributary/sdk/sandbox'
import type { Sandbox, SandboxFactory, StartOptions } from '@tributary/sdk/sandbox'

/** `npm run sandbox -- stripe --port 4010 --latency 20`: one fake provider, alone, until Ctrl-C. */
const CONNECTORS = new URL('../connectors/', import.meta.url)

type Flags = Record<string, string | boolean | undefined>

async function main([name, ...args]: string[]) {
  const names = await sandboxNames()
  if (name === undefined || name === '--help' || name === '-h') return console.log(usage(`<${names.join(' | ')}>`))
  if (!names.includes(name)) throw new Error(`There is no sandbox "${name}"; there are: ${names.join(', ')}.`)
  const factory = await load(name)
  const flags = readFlags(factory, args)
  if (flags.help) return console.log(usage(name, factory))
  const sandbox = await factory.start(optionsOf(factory, flags))
  console.log(greeting(factory, sandbox))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sandbox.close())
}

async function sandboxNames() {
  const folders = await readdir(CONNECTORS, { withFileTypes: true })
  const names = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return names.filter((name) => existsSync(new URL(`${name}/sandbox.ts`, CONNECTORS)))
}

async function load(name: string): Promise<SandboxFactory> {
  const module = (await import(new URL(`${name}/sandbox.ts`, CONNECTORS).href)) as { default: SandboxFactory }
  return module.default
}

const toFlag = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

function readFlags(factory: SandboxFactory, args: string[]): Flags {
  const text = { type: 'string' } as const
  const counts = Object.keys(factory.counts).map((key) => [toFlag(key), text])
  const faults = Object.entries(noFaults).map(([key, off]) => [
    toFlag(key),
    { type: typeof off === 'boolean' ? 'boolean' : 'string' },
  ])
  const options = {
    port: text,
    seed: text,
    ...(factory.needsPostgres && { 'postgres-url': text }),
    help: { type: 'boolean', short: 'h' },
    ...Object.fromEntries([...counts, ...faults]),
  }
  try {
    return parseArgs({ args, options: options as ParseArgsConfig['options'] }).values as Flags
  } catch (error) {
    throw new Error(`${(error as Error).message.split('. ')[0]}. See: npm run sandbox -- ${factory.name} --help`)
  }
}

function optionsOf(factory: SandboxFactory, flags: Flags): StartOptions {
  const given = (keys: string[]) => keys.filter((key) => flags[toFlag(key)] !== undefined)
  const read = (key: string) => [key, numberOf(toFlag(key), flags[toFlag(key)])]
  const postgresUrl = flags['postgres-url']
  return {
    ...Object.fromEntries(given(['port', 'seed']).map(read)),
    ...(typeof postgresUrl === 'string' && { postgresUrl }),
    counts: Object.fromEntries(given(Object.keys(factory.counts)).map(read)),
    faults: Object.fromEntries(given(Object.keys(noFaults)).map(read)),
  }
}

function numberOf(flag: string, value: string | boolean | undefined) {
  if (typeof value === 'boolean') return value
  const number = Number(value)
  if (!value || !Number.isFinite(number)) throw new Error(`--${flag} must be a number, not "${value}".`)
  return number
}

function greeting({ name, needsPostgres }: SandboxFactory, sandbox: Sandbox) {
  const credentials = Object.entries(sandbox.credentials).map(([key, value]) => `${key} = ${value}`)
  return [
    `The ${name} sandbox listens on ${sandbox.url} (account ${sandbox.account.id}, ${sandbox.account.mode} mode).`,
    `Credentials   ${credentials.join(', ')}`,
    `Config        ${JSON.stringify(sandbox.config)}`,
    `Try           ${sandbox.example}`,
    `Ctrl-C ends it; ${needsPostgres ? 'its database stays' : 'nothing of it is kept'}.`,
  ].join('\n')
}

function usage(name: string, factory?: SandboxFactory) {
  const counts = Object.entries(factory?.counts ?? {}).map(([key, value]) => `  --${toFlag(key)} <n>  (${value})`)
  const faults = Object.entries(noFaults).map(
    ([key, off]) => `  --${toFlag(key)}${typeof off === 'boolean' ? '' : ' <n>'}`,
  )
  return [
    `npm run sandbox -- ${name} [flags]`,
    '',
    '  --port <n>  a free one if left out',
    '  --seed <n>  same seed, same data (1)',
    ...(factory?.needsPostgres ? [POSTGRES_URL] : []),
    ...(factory ? ['', 'How much of each:', ...counts] : []),
    '',
    'What goes wrong (milliseconds of latency, requests a second, seconds to wait; the others are shares from 0 to 1):',
    ...faults,
  ].join('\n')
}

const POSTGRES_URL =
  '  --postgres-url <postgres://…/name>  of an administrator (needed): it makes a database of that name on that server'

await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
