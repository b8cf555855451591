import type { Upload } from '@tributary/sdk'
import { z } from 'zod'
import { readBytes } from './bytes.ts'
import type { Config } from './config.ts'
import { encodings } from './encoding.ts'
import { kindNames } from './kinds.ts'
import { basisOf, checkFile, type Layout } from './layout.ts'
import { placeRepeats } from './place-repeats.ts'

/** What a look at the whole file has shown. The places of its repeated rows are many, so they stay where they are kept. */
export type Survey = { layout: Layout; places: { upload: Upload; start: number } }

/** To be counted up with what a survey holds: one that was made before is then not taken for one of today. */
const SURVEY = 'survey-1'

/**
 * The survey of a file, which is made once and kept beside it: a line of JSON with the layout, and behind it the places of
 * repeated rows.
 */
export async function surveyOf(upload: Upload, config: Config, signal: AbortSignal): Promise<Survey> {
  const kept = await upload.derive(`${SURVEY}-${basisOf(upload, config)}`, () => makeSurvey(upload, config, signal))
  const line = await readLine(kept)
  const layout = layoutSchema.parse(JSON.parse(line.toString()))
  return { layout, places: { upload: kept, start: line.length } }
}

async function* makeSurvey(upload: Upload, config: Config, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { layout, file, repeated } = await checkFile(upload, config, { within: Infinity, signal })
  yield Buffer.from(`${JSON.stringify(layout)}\n`)
  if (repeated.length > 0) yield* placeRepeats(file, repeated)
}

/** Up to the first line break, and with it. */
async function readLine(kept: Upload): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of readBytes(kept, 0)) {
    const end = chunk.indexOf('\n') + 1
    chunks.push(end > 0 ? chunk.subarray(0, end) : chunk)
    if (end > 0) break
  }
  return Buffer.concat(chunks)
}

const layoutSchema = z.object({
  encoding: z.enum(encodings),
  delimiter: z.string(),
  start: z.object({ byte: z.number(), line: z.number() }),
  columns: z.array(z.object({ name: z.string(), type: z.enum(kindNames) })),
  rows: z.number(),
  bytes: z.number(),
}) satisfies z.ZodType<Layout>
