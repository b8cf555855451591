import { parseArgs } from 'node:util'

export type DemoOptions = { once: boolean; help: boolean }

export const USAGE = `npm start                 starts everything on this machine and keeps running
npm start -- --once       does the same, shows what was synced, and ends
Settings: TEMPORAL_ADDRESS (use that server), TRIBUTARY_DATA_DIR (where data are kept, .tributary by default)
`

/** Throws a sentence for a flag that is not there. */
export function readOptions(args: string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args,
      options: { once: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    })
    return { once: values.once ?? false, help: values.help ?? false }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  }
}
