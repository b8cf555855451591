import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { childEnvironment } from '../../config.ts'
import { findBlanks } from '../../connectors/find-blanks.ts'
import { newConnector } from './new-connector.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** A project of its own that has our packages, with a new connector in it. */
const project = await mkdtemp(join(tmpdir(), 'tributary-new-'))
afterAll(() => rm(project, { recursive: true }))
await symlink(join(ROOT, 'node_modules'), join(project, 'node_modules'))
await cp(join(ROOT, '.oxlintrc.json'), join(project, '.oxlintrc.json'))
const tsconfig = { extends: join(ROOT, 'tsconfig.json'), include: ['connectors'] }
await writeFile(join(project, 'tsconfig.json'), JSON.stringify(tsconfig))
await writeFile(join(project, 'package.json'), '{ "type": "module" }')

const folder = join(project, 'connectors/beta_desk')
const said = await make(['beta_desk', '--dir', join(project, 'connectors')])
const blanks = await findBlanks(folder)
await fillIn()

// Its own test runs the contract suite on it.
await import(join(folder, 'beta-desk.test.ts'))

/** Gives what the command says. */
async function make(args: string[], root?: string): Promise<string> {
  const log = vi.spyOn(console, 'log').mockReturnValue()
  try {
    await newConnector(args, root)
    return log.mock.calls.join('\n')
  } finally {
    log.mockRestore()
  }
}

/** As a person does whose system happens to be like the example. */
async function fillIn(): Promise<void> {
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), 'utf8')
    const filled = file.endsWith('.json')
      ? text.replace(/"TODO: what .*"/, '"Customers of Beta Desk"').replace(/"match": "TODO.*",\n/, '')
      : text.replaceAll(/^ *\/\/ TODO: .*\n/gm, '')
    await writeFile(join(folder, file), filled)
  }
}

describe('npm run connector -- new', () => {
  test('makes the four files, and nothing in them is the example’s name', async () => {
    const files = ['beta-desk.test.ts', 'index.ts', 'manifest.json', 'sandbox.ts']
    expect((await readdir(folder)).toSorted()).toEqual(files)
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
    expect(texts.join('')).not.toMatch(/acme|helpdesk/i)
    expect(texts[2]).toContain('"name": "Beta Desk"')
  })

  test('marks what is to be filled in, each place once, and says what to do next', () => {
    const files = blanks.map((blank) => blank.split(':')[0])
    expect(new Set(files)).toEqual(new Set(['beta-desk.test.ts', 'index.ts', 'manifest.json', 'sandbox.ts']))
    expect(blanks.filter((blank) => blank.includes('the address of its API'))).toEqual([
      expect.stringMatching(/^index\.ts:\d+ \/\/ TODO: the address of its API$/),
    ])
    expect(said).toContain(`Name it in tributary.config.ts: external: ['`)
    expect(said).toContain(`Fill in the ${blanks.length} places that are marked TODO`)
    expect(said).toContain('npm run connector -- dry-run beta_desk')
  })

  test('gives types that are right, and code that the linter takes within its walls', async () => {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const oxlint = join(ROOT, 'node_modules/oxlint/bin/oxlint')
    const env = childEnvironment({ OXLINT_TSGOLINT_PATH: join(ROOT, 'node_modules/.bin/tsgolint') })
    await expect(run(process.execPath, [tsc, '-p', project], { cwd: project })).resolves.toBeDefined()
    const lint = run(process.execPath, [oxlint, '--type-aware', '--deny-warnings', 'connectors'], { cwd: project, env })
    expect((await lint).stdout).toContain('Found 0 warnings and 0 errors.')
  })

  test('leaves the contract suite to connectors/contract.test.ts where it is one of our own', async () => {
    const next = await make(['gamma'], join(project, 'root'))
    const text = await readFile(join(project, 'root/connectors/gamma/gamma.test.ts'), 'utf8')
    expect(text).not.toContain('describeContract')
    expect(text).toContain(`from '../../connectors/registry.ts'`)
    expect(text).toContain(`await loadRegistry({ config: { connectors: { enabled: ['gamma'] } } })`)
    expect(next).not.toContain('tributary.config.ts')
    expect(next).toContain('npx vitest run connectors/contract.test.ts connectors/gamma/gamma.test.ts')
  })

  test.each(['Acme', '1st', 'a-b', 'a b', '', '../evil', 'x'.repeat(64)])('refuses the name %j', async (name) => {
    await expect(make([name, '--dir', project])).rejects.toThrow('it has up to 63 lower-case letters, digits and _')
  })

  test.each([
    ['stripe', 'a connector "stripe" is there already; take another name than csv,'],
    ['beta_desk', 'connectors/beta_desk is there already; take another name than csv,'],
  ])('refuses %s, whose name is taken, and touches nothing', async (name, message) => {
    const before = await readdir(folder)
    await expect(make([name, '--dir', join(project, 'connectors')])).rejects.toThrow(message)
    expect(await readdir(folder)).toEqual(before)
    expect(await readdir(join(project, 'connectors'))).toEqual(['beta_desk'])
  })

  test('does not begin with half a name', async () => {
    await expect(make([])).rejects.toThrow('Name one connector')
    await mkdir(join(project, 'empty'))
    await expect(make(['a', 'b', '--dir', join(project, 'empty')])).rejects.toThrow('Name one connector')
    expect(await readdir(join(project, 'empty'))).toEqual([])
  })
})
