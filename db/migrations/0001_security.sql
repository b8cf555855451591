-- What drizzle cannot say: FORCE, grants, the dispatcher's functions, storage. The roles exist already (see db/roles.ts).

-- The owner is bound by the policies too, and has none: nothing that is deployed can read a tenant's rows by owning them.
DO $$
DECLARE tenant_table regclass;
BEGIN
  FOR tenant_table IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
  LOOP
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tenant_table);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO tributary_app, tributary_intake, tributary_dispatcher;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON
  connections, credentials, uploads, upload_chunks, epochs, resource_states, cursors, syncs, sync_resources,
  entities, seen_pages, quarantine, customers, products, subscriptions, invoices, payments, events TO tributary_app;
--> statement-breakpoint
GRANT SELECT ON orgs, api_keys TO tributary_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON connectors, encryption_canaries TO tributary_app;
--> statement-breakpoint
GRANT INSERT ON events TO tributary_intake;
--> statement-breakpoint
-- Ids and states only: what must be known before an org is, or across orgs.
GRANT SELECT, INSERT ON api_key_hashes TO tributary_dispatcher;
--> statement-breakpoint
GRANT INSERT ON orgs, api_keys TO tributary_dispatcher;
--> statement-breakpoint
GRANT SELECT (id) ON orgs TO tributary_dispatcher;
--> statement-breakpoint
GRANT SELECT (org_id, id, role, expires_at, revoked_at) ON api_keys TO tributary_dispatcher;
--> statement-breakpoint
GRANT SELECT (org_id, id, status, schedule_seconds, deleted_at) ON connections TO tributary_dispatcher;
--> statement-breakpoint
GRANT SELECT (org_id, id, connection_id, status, served_by, workflow_id, requested_at, started_at) ON syncs TO tributary_dispatcher;
--> statement-breakpoint
GRANT SELECT (org_id, sync_id, resource, status, generation, updated_at, wait_until) ON sync_resources TO tributary_dispatcher;
--> statement-breakpoint
GRANT SELECT (org_id, connection_id, unified_id, status, created_at) ON events TO tributary_dispatcher;
--> statement-breakpoint
CREATE SCHEMA dispatch;
--> statement-breakpoint
GRANT USAGE, CREATE ON SCHEMA dispatch TO tributary_dispatcher;
--> statement-breakpoint
GRANT USAGE ON SCHEMA dispatch TO tributary_app;
--> statement-breakpoint
CREATE FUNCTION dispatch.create_org(org_id uuid, org_name text, key_id uuid, key_name text, key_role text, key_prefix text, key_hash bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO orgs (id, name) VALUES (org_id, org_name);
  INSERT INTO api_keys (org_id, id, name, role, prefix) VALUES (org_id, key_id, key_name, key_role, key_prefix);
  INSERT INTO api_key_hashes (hash, org_id, api_key_id) VALUES (key_hash, org_id, key_id);
$$;
--> statement-breakpoint
CREATE FUNCTION dispatch.find_api_key(key_hash bytea)
RETURNS TABLE (org_id uuid, api_key_id uuid, role text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.org_id, k.id, k.role FROM api_key_hashes h JOIN api_keys k ON k.org_id = h.org_id AND k.id = h.api_key_id
  WHERE h.hash = key_hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now());
$$;
--> statement-breakpoint
CREATE FUNCTION dispatch.scheduled_connections()
RETURNS TABLE (org_id uuid, connection_id uuid, schedule_seconds int, paused boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT org_id, id, schedule_seconds, status <> 'active' FROM connections WHERE deleted_at IS NULL;
$$;
--> statement-breakpoint
CREATE FUNCTION dispatch.stale_queued_syncs(older_than interval)
RETURNS TABLE (org_id uuid, connection_id uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT s.org_id, s.connection_id FROM syncs s
  WHERE s.status = 'queued' AND s.requested_at < now() - older_than
    AND NOT EXISTS (SELECT FROM syncs r WHERE r.org_id = s.org_id AND r.connection_id = s.connection_id AND r.status = 'running');
$$;
--> statement-breakpoint
CREATE FUNCTION dispatch.quiet_running_syncs(quiet_for interval)
RETURNS TABLE (org_id uuid, connection_id uuid, sync_id uuid, workflow_id text, resource text, generation int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.org_id, s.connection_id, s.id, s.workflow_id, r.resource, r.generation
  FROM syncs s LEFT JOIN sync_resources r ON r.org_id = s.org_id AND r.sync_id = s.id AND r.status = 'running'
  WHERE s.status = 'running' AND s.served_by IS NULL AND s.started_at < now() - quiet_for
    AND (r.sync_id IS NULL OR greatest(r.updated_at, r.wait_until) < now() - quiet_for);
$$;
--> statement-breakpoint
DO $$
DECLARE definer_function regprocedure;
BEGIN
  FOR definer_function IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'dispatch'::regnamespace
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', definer_function);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO tributary_app', definer_function);
    EXECUTE format('ALTER FUNCTION %s OWNER TO tributary_dispatcher', definer_function);
  END LOOP;
END $$;
--> statement-breakpoint
-- Making an org is an act of the operator, not of a tenant.
SET LOCAL ROLE tributary_dispatcher;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION dispatch.create_org FROM tributary_app;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION dispatch.create_org TO tributary_owner;
--> statement-breakpoint
SET LOCAL ROLE tributary_owner;
--> statement-breakpoint
-- Payloads of up to 4 kB stay in their row; autovacuum keeps up with tables that are rewritten in place.
ALTER TABLE entities SET (toast_tuple_target = 4080, autovacuum_vacuum_scale_factor = 0.05);
--> statement-breakpoint
ALTER TABLE events SET (toast_tuple_target = 4080, autovacuum_vacuum_scale_factor = 0.05);
