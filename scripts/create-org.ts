import { adminConfig } from '../config.ts'
import { reasonOf } from '../db/failures.ts'
import { createOrg } from '../db/orgs.ts'

const name = process.argv[2]?.trim()
try {
  if (!name) throw new Error('Name the organisation: npm run create-org -- "Acme"')
  const { org_id, api_key } = await createOrg(adminConfig().DATABASE_ADMIN_URL, { name })
  console.log(`Organisation ${name}: ${org_id}\nAPI key of its owner, shown this once: ${api_key}`)
} catch (error) {
  console.error(reasonOf(error))
  process.exitCode = 1
}
