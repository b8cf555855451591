import { adminConfig } from '../config.ts'
import { createOrg } from '../db/orgs.ts'

const name = process.argv[2]?.trim()
try {
  if (!name) throw new Error('Name the organisation: npm run create-org -- "Acme"')
  const { org_id, api_key } = await createOrg(adminConfig().DATABASE_ADMIN_URL, { name })
  console.log(`Organisation ${name}: ${org_id}\nAPI key of its owner, shown this once: ${api_key}`)
} catch (error) {
  // What the driver said is behind what drizzle makes of it.
  const { message, cause } = error as Error
  console.error(cause instanceof Error ? cause.message : message)
  process.exitCode = 1
}
