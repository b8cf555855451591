import type { DryRun } from './dry-run.ts'
import type { ResourceReport, Sample } from './report.ts'
import { valuesOf, type Trace } from './trace-paths.ts'

type Say = (line: string) => void

/** The report for a person: of each resource what was read, how two objects fare, and what is left over or wrong. */
export function printReport({ account, connector, resources, target }: DryRun, say: Say): void {
  const whom = target === 'sandbox' ? 'its own sandbox' : 'a real account'
  say(`${connector} on ${whom}: account ${shown(account.id)} (${account.mode} mode). Nothing is written.`)
  for (const report of resources) printResource(report, say)
}

function printResource(report: ResourceReport, say: Say): void {
  const { custom_fields, failure, model, refused, resource, samples, unmapped } = report
  say(`\n${resource} → ${model ?? 'no model, kept as it comes'}`)
  say(`  ${readingOf(report)}`)
  for (const sample of samples) printSample(sample, say)
  list('Unmapped, in the raw object alone', unmapped, say)
  list('Unmapped, in custom_fields without being named', custom_fields, say)
  for (const { ids, objects, reason, reason_code } of refused) {
    const named = [...ids.map(shown), ...(ids.length < objects ? ['…'] : [])].join(', ')
    say(`  WRONG  ${objects} of ${report.objects} objects (${named}): ${reason_code}: ${reason}`)
  }
  if (failure) say(`  WRONG  ${failure.code}: ${failure.message}`)
}

function readingOf({ more, objects, pages, requests, skipped, stubs }: ResourceReport): string {
  const parts = [
    `${count(pages, 'page')}${more ? ', and there are more' : ', the whole list'}`,
    count(objects, 'object'),
    `${stubs.length} of them named by the list and read by id`,
    count(requests, 'request'),
    ...(skipped > 0 ? [`${skipped} without an id that can be stored`] : []),
  ]
  return parts.join(' · ')
}

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`

/** Raw paths and their values on the left, what they make on the right. */
function printSample({ id, paths, records }: Sample, say: Say): void {
  say(`  ${shown(id)}`)
  const values = valuesOf(records)
  const rows = paths.flatMap((path) => rowsOf(path, values))
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)))
  for (const row of rows) say(`    ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
}

function rowsOf({ needed, pointer: raw, unified, value }: Trace, values: Map<string, unknown>): string[][] {
  const left = [plain(raw), shown(value)]
  if (needed) return [[...left, '→ the record needs it']]
  return unified.map((pointer, index) => [
    ...(index === 0 ? left : ['', '']),
    `→ ${plain(pointer)}`,
    shown(values.get(pointer)),
  ])
}

function list(what: string, patterns: string[], say: Say): void {
  if (patterns.length > 0) say(`  ${what}: ${patterns.map(plain).join(', ')}`)
}

const MOST = 40

/** On one line, and short. */
function shown(value: unknown): string {
  const text = plain(JSON.stringify(value) ?? '')
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text
}

/** Without what a terminal would obey: names and values are other people's. */
const plain = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`)
