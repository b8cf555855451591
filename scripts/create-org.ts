import { migrateConfig } from '../config.ts'
import { createOrg } from '../db/orgs.ts'

const name = process.argv[2]?.trim()
if (!name) {
  console.error('Name the organisation: npm run create-org -- "Acme"')
  process.exit(1)
}
const { org_id, api_key } = await createOrg(migrateConfig().DATABASE_ADMIN_URL, { name })
console.log(`Organisation ${name}: ${org_id}\nAPI key of its owner, shown this once: ${api_key}`)
