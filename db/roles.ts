/**
 * The four roles, which belong to the cluster and are made before any migration.
 * owner: owns tables, runs migrations, serves nothing. app: API and workers, bound by row level security.
 * intake: inserts events of any org and reads nothing. dispatcher: owns the definer functions that answer across orgs.
 */
export const roleStatements = (appPassword: string | undefined, database: string): string[] => [
  ...['tributary_owner', 'tributary_app', 'tributary_intake', 'tributary_dispatcher'].map(createRole),
  `ALTER ROLE tributary_app LOGIN ${appPassword ? `PASSWORD ${literal(appPassword)}` : ''}`,
  'ALTER ROLE tributary_intake LOGIN',
  // Definer functions change hands to the dispatcher, which only a member of it may do.
  'GRANT tributary_dispatcher TO tributary_owner',
  'GRANT tributary_owner TO CURRENT_USER',
  `GRANT CREATE, CONNECT, TEMPORARY ON DATABASE ${identifier(database)} TO tributary_owner`,
  `GRANT CONNECT ON DATABASE ${identifier(database)} TO tributary_app, tributary_intake`,
  'GRANT USAGE, CREATE ON SCHEMA public TO tributary_owner',
]

const createRole = (role: string) =>
  `DO $$ BEGIN CREATE ROLE ${role} NOINHERIT; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`
const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
