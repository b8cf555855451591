#!/bin/bash
# Runs once, when the volume of Postgres is empty: gives Temporal a role of its own, which owns its two databases and cannot
# connect to ours.
set -euo pipefail

psql --set ON_ERROR_STOP=1 --set password="$TEMPORAL_DB_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'password';
REVOKE CONNECT ON DATABASE :"DBNAME" FROM PUBLIC;
SQL
