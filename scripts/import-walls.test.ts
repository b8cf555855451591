import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { childEnvironment } from '../config.ts'

/**
 * The walls between the layers are lines of `.oxlintrc.json`, so a typing error in one opens it without a sound. Each case
 * here is a file of its own in a copy of the folders; one run of the real linter over that tree judges them all.
 */
interface Case {
  file: string
  source: string
}

const root = path.resolve(import.meta.dirname, '..')
const imports = (specifier: string) => `import { thing } from '${specifier}'\nexport const use = thing\n`
const importsType = (specifier: string) => `import type { Thing } from '${specifier}'\nexport type Use = Thing\n`

/** What each layer may not import, by the file that tries. */
const closed: Record<string, string> = {
  'workers/x.ts': '../api/app.ts ../stack/start.ts ../scripts/sandbox.ts ../bench/run.ts ../sdk/index.ts',
  'api/x.ts': `../workers/main.ts ../workflows/index.ts ../activities/index.ts ../stack/start.ts ../scripts/sandbox.ts
    ../connectors/stripe/index.ts ../sdk/index.ts @temporalio/client @temporalio/common drizzle-orm drizzle-orm/pg-core postgres`,
  'api/routes/x.ts': '../../workers/main.ts ../../activities/index.ts ../../connectors/csv/map.ts',
  'workflows/x.ts': `../api/app.ts ../workers/main.ts ../temporal/client.ts ../engine/apply.ts ../db/client.ts
    ../connectors/registry.ts ../sdk/index.ts ../activities/index.ts ../stack/start.ts ../config.ts ../tributary.config.ts
    node:fs node:crypto node:timers/promises fs zod uuid @tributary/sdk @temporalio/client @temporalio/activity`,
  'temporal/x.ts': `../api/app.ts ../workers/main.ts ../activities/index.ts ../engine/apply.ts ../connectors/registry.ts
    ../workflows/index.ts ../stack/start.ts ../config.ts ../sdk/index.ts @temporalio/worker @temporalio/workflow
    @temporalio/activity drizzle-orm postgres fastify`,
  'activities/x.ts': `../api/app.ts ../workers/main.ts ../workflows/index.ts ../temporal/client.ts ../stack/start.ts
    ../connectors/stripe/index.ts ../config.ts ../sdk/index.ts @temporalio/client @temporalio/worker @temporalio/workflow
    drizzle-orm postgres fastify`,
  'engine/x.ts': `../api/app.ts ../workers/main.ts ../workflows/index.ts ../activities/index.ts ../temporal/client.ts
    ../stack/start.ts ../connectors/stripe/index.ts ../config.ts ../sdk/index.ts @temporalio/common @temporalio/client
    drizzle-orm postgres fastify @fastify/swagger`,
  'engine/deep/x.ts': '../../temporal/client.ts ../../connectors/stripe/index.ts ./../../api/app.ts',
  'connectors/x.ts': './stripe/index.ts ../db/client.ts ../engine/open.ts @temporalio/client postgres fastify',
  'connectors/contract-x.ts': './stripe/index.ts ../db/client.ts ../stack/start.ts @temporalio/client postgres fastify',
  'connectors/a/index.ts': `../b/index.ts ./../b/map.ts ../registry.ts ../../db/client.ts ../../engine/open.ts
    ../../sdk/index.ts @temporalio/activity drizzle-orm fastify undici net node:net node:tls node:http node:https node:dns
    node:dns/promises node:child_process`,
  'connectors/a/parts/x.ts': '../../b/index.ts ../../registry.ts ../../../db/client.ts node:net pino',
  'connectors/a/sandbox.ts': '../b/sandbox.ts ../../stack/start.ts @temporalio/client',
  'connectors/a/sandbox/x.ts': '../../b/sandbox.ts ../../../stack/start.ts @temporalio/client',
  'connectors/a/webhook.ts': './client.ts ../b/webhook.ts ../../db/client.ts node:http @temporalio/activity',
  'connectors/a/map.ts': './client.ts node:net',
  'db/x.ts': `../api/app.ts ../workers/main.ts ../workflows/index.ts ../activities/index.ts ../temporal/client.ts
    ../engine/apply.ts ../connectors/registry.ts ../stack/start.ts ../sdk/models/index.ts @temporalio/client fastify stripe`,
  'sdk/x.ts': '../db/client.ts ../engine/apply.ts ../connectors/registry.ts ../config.ts pino postgres undici',
  'sdk/models/x.ts': '../../db/client.ts ../../engine/apply.ts',
}

const open: Record<string, string> = {
  'workers/x.ts': '../activities/index.ts ../engine/apply.ts ../db/client.ts ../config.ts @temporalio/worker',
  'api/x.ts':
    '../engine/apply.ts ../temporal/client.ts ../connectors/registry.ts ../db/client.ts ../config.ts fastify zod',
  'api/routes/x.ts': '../app.ts ../../engine/apply.ts ../../connectors/registry.ts @tributary/sdk',
  'workflows/x.ts': './policies.ts @temporalio/workflow',
  'temporal/x.ts': '../db/client.ts ./schedules.ts @temporalio/client @temporalio/common @tributary/sdk',
  'activities/x.ts': '../engine/apply.ts ../db/client.ts ../connectors/registry.ts @temporalio/activity node:os',
  'engine/x.ts': '../db/client.ts ../connectors/registry.ts ./decide.ts @tributary/sdk node:crypto undici',
  'engine/deep/x.ts': '../decide.ts ../../db/client.ts @tributary/sdk/models',
  'connectors/x.ts': '../tributary.config.ts @tributary/sdk/manifest node:fs/promises',
  'connectors/contract-x.ts': './registry.ts ../engine/decide.ts @tributary/sdk/sandbox',
  'connectors/a/index.ts': './client.ts ./map.ts @tributary/sdk stripe csv-parse node:crypto node:stream',
  'connectors/a/parts/x.ts': '../client.ts ./y.ts @tributary/sdk',
  'connectors/a/sandbox.ts': './client.ts ./sandbox/charges.ts @tributary/sdk/sandbox node:http',
  'connectors/a/sandbox/x.ts': './y.ts ../map.ts @tributary/sdk/sandbox node:http',
  'connectors/a/webhook.ts': './map.ts @tributary/sdk node:crypto',
  'connectors/a/map.ts': './money.ts @tributary/sdk/models',
  'db/x.ts': './schema/index.ts @tributary/sdk @tributary/sdk/models drizzle-orm/pg-core postgres zod node:fs/promises',
  'sdk/x.ts': './models/index.ts zod ajv ajv/dist/2020.js node:http node:timers/promises',
  'sdk/models/x.ts': '../errors.ts ./model.ts zod',
  'stack/x.ts': '../api/app.ts ../workers/main.ts ../connectors/stripe/sandbox.ts @temporalio/client postgres',
  'scripts/x.ts': '../stack/start.ts ../engine/apply.ts ../connectors/stripe/index.ts',
  'engine/x.test.ts': '../stack/start.ts ../temporal/client.ts postgres',
  'connectors/a/a.test.ts': '../b/index.ts ../../stack/start.ts',
}

/** Layers that may see a type, and not the code that comes with it. */
const typeOnly: Record<string, string> = {
  'workflows/x.ts': '../activities/index.ts',
  'temporal/x.ts': '../workflows/index.ts',
  'activities/x.ts': '../temporal/client.ts',
  'engine/x.ts': '../config.ts',
}

let tree: string
let reported: Map<string, string[]>
const numbered = new Map<string, Case>()

beforeAll(async () => {
  tree = await mkdtemp(path.join(tmpdir(), 'tributary-walls-'))
  await cp(path.join(root, '.oxlintrc.json'), path.join(tree, '.oxlintrc.json'))
  // The project's own tsconfig names @types/node, which is not in this tree.
  await writeFile(path.join(tree, 'tsconfig.json'), JSON.stringify({ compilerOptions: { strict: true, types: [] } }))
  await Promise.all([...numbered.values()].map(write))
  reported = await lint()
}, 60_000)

afterAll(() => rm(tree, { recursive: true, force: true }))

describe('the walls between the layers', () => {
  for (const [file, specifiers] of Object.entries(closed)) {
    for (const specifier of specifiers.split(/\s+/)) {
      const at = place(file, imports(specifier))
      it(`refuses ${specifier} in ${file}`, () => expect(reported.get(at)).toContain('eslint(no-restricted-imports)'))
    }
  }

  for (const [file, specifiers] of Object.entries(open)) {
    for (const specifier of specifiers.split(/\s+/)) {
      const at = place(file, imports(specifier))
      it(`lets ${file} import ${specifier}`, () => expect(reported.get(at)).toBeUndefined())
    }
  }

  for (const [file, specifier] of Object.entries(typeOnly)) {
    const [type, value] = [place(file, importsType(specifier)), place(file, imports(specifier))]
    it(`lets ${file} see the types of ${specifier}, not its code`, () => {
      expect(reported.get(type)).toBeUndefined()
      expect(reported.get(value)).toContain('eslint(no-restricted-imports)')
    })
  }

  const inline = place(
    'workflows/x.ts',
    "import { type Thing } from '../activities/index.ts'\nexport type Use = Thing\n",
  )
  it('refuses an inline type import, which leaves the import of the code behind', () =>
    expect(reported.get(inline)).toContain('typescript(no-import-type-side-effects)'))

  const dynamic = place('engine/x.ts', "export const use = await import('../temporal/client.ts')\n")
  it('sees a dynamic import as well', () => expect(reported.get(dynamic)).toContain('eslint(no-restricted-imports)'))
})

describe('the rules that the lint holds everywhere', () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, index) => `export const line${index} = ${index}\n`).join('')
  const rules: [string, string, string, string][] = [
    [
      'a query that is not awaited',
      'engine/x.ts',
      'typescript(no-floating-promises)',
      'Promise.resolve()\nexport {}\n',
    ],
    [
      'a promise where a condition is meant',
      'engine/x.ts',
      'typescript(no-misused-promises)',
      'declare const found: Promise<boolean>\nexport const use = () => (found ? 1 : 2)\n',
    ],
    ['any', 'engine/x.ts', 'typescript(no-explicit-any)', 'export const use = (value: any): unknown => value\n'],
    ['a variable that nobody reads', 'engine/x.ts', 'eslint(no-unused-vars)', 'const unread = 1\nexport {}\n'],
    ['==', 'engine/x.ts', 'eslint(eqeqeq)', 'export const use = (a: string, b: string) => a == b\n'],
    ['console outside a terminal program', 'engine/x.ts', 'eslint(no-console)', "console.log('here')\nexport {}\n"],
    [
      'the environment outside config.ts',
      'stack/x.ts',
      'node(no-process-env)',
      'export const use = process.env.HOME\n',
    ],
    ['a source file of 201 code lines', 'engine/x.ts', 'eslint(max-lines)', lines(201)],
    [
      'a function of five parameters',
      'engine/x.ts',
      'eslint(max-params)',
      'export function five(a: 1, b: 2, c: 3, d: 4, e: 5) {\n  return [a, b, c, d, e]\n}\n',
    ],
    [
      'a function of 61 code lines',
      'engine/x.ts',
      'eslint(max-lines-per-function)',
      `export function use() {\n${'  Math.random()\n'.repeat(60)}}\n`,
    ],
    [
      'a fourth level of nesting',
      'engine/x.ts',
      'eslint(max-depth)',
      'export function use(a: boolean) {\n  if (a) { if (!a) { if (a) { if (!a) { return a } } } }\n}\n',
    ],
    [
      'something thrown that is no Error',
      'engine/x.ts',
      'typescript(only-throw-error)',
      "export const use = () => {\n  throw 'no'\n}\n",
    ],
    [
      'a type that is imported like code',
      'engine/x.ts',
      'typescript(consistent-type-imports)',
      "import { Thing } from './thing.ts'\nexport type Use = Thing\n",
    ],
    [
      'a switch that leaves a case out',
      'engine/x.ts',
      'typescript(switch-exhaustiveness-check)',
      "export function use(a: 'x' | 'y') {\n  switch (a) {\n    case 'x':\n      return 1\n  }\n}\n",
    ],
    [
      'a parameter that is written to',
      'engine/x.ts',
      'eslint(no-param-reassign)',
      'export function use(a: number) {\n  a = 1\n  return a\n}\n',
    ],
    [
      'a focused test',
      'engine/x.test.ts',
      'vitest(no-focused-tests)',
      "import { it } from 'vitest'\nit.only('runs', () => {})\n",
    ],
    [
      'a skipped test',
      'engine/x.test.ts',
      'vitest(no-disabled-tests)',
      "import { it } from 'vitest'\nit.skip('runs', () => {})\n",
    ],
  ]
  for (const [what, file, rule, source] of rules) {
    const at = place(file, source)
    it(`refuses ${what}`, () => expect(reported.get(at)).toContain(rule))
  }

  const camel = place('engine/pullChunk.ts', 'export {}\n', true)
  it('wants kebab-case for the names of files', () => expect(reported.get(camel)).toContain('unicorn(filename-case)'))

  const full = place('engine/x.ts', `// why\n\n${lines(200)}`)
  it('counts neither comments nor blank lines', () => expect(reported.get(full)).toBeUndefined())

  const story = place('engine/x.test.ts', lines(201))
  it('lets a test be longer', () => expect(reported.get(story)).toBeUndefined())

  const there = place(
    'engine/cycle-a.ts',
    "import { b } from './cycle-b.ts'\nexport const a = (): unknown => b\n",
    true,
  )
  place('engine/cycle-b.ts', "import { a } from './cycle-a.ts'\nexport const b = (): unknown => a\n", true)
  it('refuses an import cycle', () => expect(reported.get(there)).toContain('import(no-cycle)'))

  const config = place('config.ts', 'export const use = process.env.HOME\n', true)
  it('lets config.ts read the environment', () => expect(reported.get(config)).toBeUndefined())
})

/** Gives a case a file of its own: the folder (or the connector) gets a number where the rule depends on the file's name. */
function place(file: string, source: string, exactly = false): string {
  const number = numbered.size
  const connector = file.replace(/^connectors\/a\//, `connectors/c${number}/`)
  const own = connector === file && !exactly ? file.replace(/x(\.test)?\.ts$/, `x${number}$1.ts`) : connector
  numbered.set(own, { file: own, source })
  return own
}

async function write({ file, source }: Case): Promise<void> {
  const target = path.join(tree, file)
  await mkdir(path.dirname(target), { recursive: true })
  await writeFile(target, source)
}

/** Runs the linter over the tree and returns the rules that it names, by file. */
async function lint(): Promise<Map<string, string[]>> {
  const bin = path.join(root, 'node_modules/oxlint/bin/oxlint')
  const env = childEnvironment({ OXLINT_TSGOLINT_PATH: path.join(root, 'node_modules/.bin/tsgolint') })
  const output = await new Promise<string>((resolve) => {
    const options = { cwd: tree, env, maxBuffer: 1 << 26, timeout: 50_000 }
    execFile(process.execPath, [bin, '--type-aware', '--format=json'], options, (_error, stdout) => resolve(stdout))
  })
  const { diagnostics } = JSON.parse(output) as { diagnostics: { code: string; filename: string }[] }
  const byFile = new Map<string, string[]>()
  for (const { filename, code } of diagnostics) byFile.set(filename, [...(byFile.get(filename) ?? []), code])
  return byFile
}
