import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { format, resolveConfig } from 'prettier'
import { findBlanks } from '../../connectors/find-blanks.ts'
import { loadRegistry } from '../../connectors/registry.ts'
import { withBlanks } from './blanks.ts'

export const newConnectorUsage = `npm run connector -- new <type> [--dir connectors]

  Makes a folder with a connector that runs against a fake of its own, and with what is to be filled in marked TODO.

  --dir <folder>  where the folder goes; outside of connectors/ it has to be named in tributary.config.ts`

const ROOT = join(import.meta.dirname, '../..')
const EXAMPLE = join(ROOT, 'docs/example-connector')

/** Where a connector is to lie. In the `connectors/` of `root` it is one of our own. */
type Place = { root: string; dir: string; type: string }

/** Throws, saying what is allowed, for a name that is bad or taken. */
export async function newConnector(args: string[], root = ROOT): Promise<boolean> {
  const options = { dir: { type: 'string', default: 'connectors' } } as const
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options })
  const [type, ...others] = positionals
  if (type === undefined || others.length > 0) throw new Error(`Name one connector: ${newConnectorUsage}`)
  checkName(type)
  const place = { root, type, dir: join(resolve(root, values.dir), type) }
  await checkFree(place)
  await writeConnector(place)
  console.log(nextSteps(place, (await findBlanks(place.dir)).length))
  return true
}

function checkName(type: string): void {
  if (/^[a-z][a-z0-9_]{0,62}$/.test(type)) return
  throw new Error(
    `"${type}" cannot be the name of a connector: it has up to 63 lower-case letters, digits and _, a letter first, like acme_helpdesk`,
  )
}

async function checkFree({ dir, root, type }: Place): Promise<void> {
  const known = (await loadRegistry()).all().map(({ manifest }) => manifest.type)
  if (!known.includes(type) && !existsSync(join(root, 'connectors', type)) && !existsSync(dir)) return
  const taken = existsSync(dir) ? relative(root, dir) : `a connector "${type}"`
  throw new Error(`${taken} is there already; take another name than ${known.join(', ')}, or remove it first`)
}

async function writeConnector(place: Place): Promise<void> {
  const { dir, type } = place
  const style = await resolveConfig(join(ROOT, 'index.ts'))
  await mkdir(dir, { recursive: true })
  for (const file of await readdir(EXAMPLE)) {
    const example = withBlanks(file, await readFile(join(EXAMPLE, file), 'utf8'))
    const target = join(dir, file.replace('example-connector', type.replaceAll('_', '-')))
    const text = renamed(file.endsWith('.test.ts') ? placed(example, place) : example, type)
    await writeFile(target, await format(text, { ...style, filepath: target }))
  }
}

function renamed(text: string, type: string): string {
  const names: Record<string, string> = {
    acme_helpdesk: type,
    acme_demo: `${type}_demo`,
    'Acme Helpdesk': titleOf(type),
    'api.helpdesk.': `api.${type.replaceAll('_', '-')}.`,
  }
  return text.replace(new RegExp(Object.keys(names).join('|'), 'g'), (name) => names[name]!)
}

const titleOf = (type: string): string =>
  type
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ')

/** The test as it is from where the connector lies. The contract suite runs over connectors/ without being told. */
function placed(test: string, place: Place): string {
  const text = test.replaceAll("'../../", `'${relative(place.dir, place.root)}/`)
  if (!isOwn(place)) return text.replaceAll('./docs/example-connector', named(place))
  return text
    .replace(/^(import .* describeContract .*|\/\/ In tributary.*|await describeContract.*)\n/gm, '')
    .replace(/enabled: \[\], external: .*?\]/, `enabled: ['acme_helpdesk']`)
}

const isOwn = ({ dir, root }: Place): boolean => resolve(dir, '..') === join(root, 'connectors')

/** As tributary.config.ts names it. */
function named({ dir, root }: Place): string {
  const path = relative(root, dir)
  return path.startsWith('.') ? path : `./${path}`
}

function nextSteps(place: Place, blanks: number): string {
  const { dir, root, type } = place
  const folder = relative(root, dir)
  const test = `${folder}/${type.replaceAll('_', '-')}.test.ts`
  const steps = [
    ...(isOwn(place) ? [] : [`Name it in tributary.config.ts: external: ['${named(place)}']`]),
    `See it read from its own fake: npm run connector -- dry-run ${type}`,
    `Fill in the ${blanks} places that are marked TODO: grep -rn TODO ${folder}`,
    `Run its tests until no blank is left: npx vitest run ${isOwn(place) ? 'connectors/contract.test.ts ' : ''}${test}`,
    'Run the checks: npm run check',
  ]
  const numbered = steps.map((step, index) => `  ${index + 1}. ${step}`)
  return [`${folder}/ has a connector. CONTRIBUTING.md explains its files. Next:`, ...numbered].join('\n')
}
