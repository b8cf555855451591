/** `npm run connector -- dry-run stripe`, `npm run connector -- new acme`: what helps who writes a connector. */
import { isConnectorError } from '@tributary/sdk'
import { dryRun, dryRunUsage } from './connector/dry-run.ts'
import { newConnector, newConnectorUsage } from './connector/new-connector.ts'

/** Each gives whether all is well. */
type Command = { run: (args: string[]) => Promise<boolean>; usage: string }
const commands = new Map<string, Command>([
  ['dry-run', { run: dryRun, usage: dryRunUsage }],
  ['new', { run: newConnector, usage: newConnectorUsage }],
])

async function main([name = '--help', ...args]: string[]): Promise<boolean> {
  const command = commands.get(name)
  const usages = [...commands.values()].map(({ usage }) => usage)
  if (!command && name !== '--help' && name !== '-h')
    throw new Error(`There is no command "${name}"; there are: ${[...commands.keys()].join(', ')}.`)
  if (command && !args.includes('--help')) return command.run(args)
  console.log(command?.usage ?? usages.join('\n\n'))
  return true
}

// Who reads along may have seen enough: `| head`.
process.stdout.on('error', () => process.exit(1))
try {
  if (!(await main(process.argv.slice(2)))) process.exitCode = 1
} catch (error) {
  console.error(sayOf(error as Error & { code?: string }))
  process.exitCode = 1
}

/** A sentence where one was meant for people; where code broke, also where that was: it may be the connector's. */
function sayOf(error: Error & { code?: string }): string {
  // parseArgs goes on with advice that nobody needs here.
  if (error.code?.startsWith('ERR_PARSE_ARGS'))
    return `${error.message.split('. ')[0]}. See: npm run connector -- --help`
  return isConnectorError(error) || error.name === 'Error' ? error.message : (error.stack ?? error.message)
}
