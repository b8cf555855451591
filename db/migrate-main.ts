import { migrateConfig } from '../config.ts'
import { migrate } from './migrate.ts'

const config = migrateConfig()
await migrate({ adminUrl: config.DATABASE_ADMIN_URL, appUrl: config.DATABASE_URL })
process.stdout.write('The database has the newest schema.\n')
