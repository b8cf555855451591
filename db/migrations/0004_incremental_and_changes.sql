CREATE TABLE "change_consumers" (
	"org_id" uuid NOT NULL,
	"name" text NOT NULL,
	"number" bigint NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "change_consumers_org_id_name_pk" PRIMARY KEY("org_id","name")
);
--> statement-breakpoint
ALTER TABLE "change_consumers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "change_counters" (
	"org_id" uuid PRIMARY KEY NOT NULL,
	"last_number" bigint NOT NULL,
	"dropped_number" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "change_counters" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "changes" (
	"org_id" uuid NOT NULL,
	"number" bigint NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"model" text NOT NULL,
	"unified_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "changes_org_id_number_pk" PRIMARY KEY("org_id","number")
);
--> statement-breakpoint
ALTER TABLE "changes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "quotas" (
	"key" text PRIMARY KEY NOT NULL,
	"due_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "quotas" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "resource_states" ADD COLUMN "completed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "resource_states" ADD COLUMN "suspected_generation" integer;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "hint" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "sync_resources" ADD COLUMN "suspected" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sync_resources" ADD COLUMN "sweep" text;--> statement-breakpoint
ALTER TABLE "sync_resources" ADD COLUMN "lag_ms" bigint;--> statement-breakpoint
CREATE INDEX "changes_by_time" ON "changes" USING brin ("changed_at");--> statement-breakpoint
CREATE INDEX "events_pending" ON "events" USING btree ("org_id","connection_id","occurred_at") WHERE status = 'pending';--> statement-breakpoint
CREATE POLICY "app_select" ON "change_consumers" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "change_consumers" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "change_consumers" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "change_consumers" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "change_counters" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "change_counters" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "change_counters" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "change_counters" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "changes" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "changes" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "changes" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "changes" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "dispatcher_select" ON "changes" AS PERMISSIVE FOR SELECT TO "tributary_dispatcher" USING (true);--> statement-breakpoint
CREATE POLICY "app_all" ON "quotas" AS PERMISSIVE FOR ALL TO "tributary_app" USING (true) WITH CHECK (true);