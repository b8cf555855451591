import { parseArgs } from 'node:util'

export const SCENARIOS = ['full', 'budget', 'repeat', 'memory', 'copy', 'workers', 'profile'] as const
export type Scenario = (typeof SCENARIOS)[number]

const NUMBERS = {
  rounds: { value: 3, says: 'how often each contender runs' },
  customers: { value: 20_000, says: 'full: customers that all contenders read' },
  charges: { value: 20_000, says: 'full: charges that all contenders read' },
  large: {
    value: 100_000,
    says: 'full: customers, and as many charges, that Tributary alone reads besides; 0 for none',
  },
  paced: { value: 20_000, says: 'budget: customers, and as many charges' },
  rows: { value: 50_000, says: 'repeat, copy and profile: customers, and as many charges' },
  most: { value: 200_000, says: 'memory: customers of the larger load' },
  each: { value: 20_000, says: 'workers: customers, in one connection or in eight together' },
}
export type Numbers = Record<keyof typeof NUMBERS, number>
export type BenchOptions = Numbers & { scenarios: Scenario[]; peers: boolean }

export const USAGE = [
  `npm run bench -- [${SCENARIOS.join(' | ')} …] [flags]   every scenario where none is named`,
  ...Object.entries(NUMBERS).map(([name, { value, says }]) => `  --${name} <n>  ${says} (${value})`),
  '  --no-peers  Tributary alone',
].join('\n')

/** Throws a sentence for what is not there. undefined: help is wanted. */
export function readOptions(args: string[]): BenchOptions | undefined {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const numbers = Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, text]))
  const { values, positionals } = parseArgs({
    args,
    options: { ...numbers, help: { ...flag, short: 'h' }, peers: { ...flag, default: true } },
    allowPositionals: true,
    allowNegative: true,
  })
  if (values.help) return undefined
  const given: Record<string, unknown> = values
  const sizes = Object.entries(NUMBERS).map(([name, { value }]) => [name, sizeOf(name, given[name] ?? value)])
  const scenarios = positionals.length > 0 ? positionals.map(scenarioNamed) : [...SCENARIOS]
  return { ...(Object.fromEntries(sizes) as Numbers), scenarios, peers: Boolean(values.peers) }
}

function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario === name)
  if (!found) throw new Error(`bench: there is no scenario "${name}"; there are ${SCENARIOS.join(', ')}`)
  return found
}

function sizeOf(name: string, text: unknown): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0)
    throw new Error(`bench: --${name} must be a whole number, not "${String(text)}"`)
  return value
}
