CREATE TABLE "connections" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connector" text NOT NULL,
	"app_key" text NOT NULL,
	"name" text NOT NULL,
	"config" jsonb NOT NULL,
	"status" text NOT NULL,
	"status_reason" text,
	"sync_status" text NOT NULL,
	"error_message" text,
	"last_sync_at" timestamp with time zone,
	"last_validated_at" timestamp with time zone,
	"supported_events" jsonb NOT NULL,
	"sync_from" timestamp with time zone,
	"schedule_seconds" integer,
	"account" jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "connections_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
ALTER TABLE "connections" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "credentials" (
	"org_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"credential_type" text NOT NULL,
	"encrypted_value" "bytea" NOT NULL,
	"refresh_token_encrypted" "bytea",
	"expires_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "credentials_org_id_connection_id_pk" PRIMARY KEY("org_id","connection_id")
);
--> statement-breakpoint
ALTER TABLE "credentials" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "epochs" (
	"org_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text DEFAULT '' NOT NULL,
	"epoch" bigint DEFAULT 1 NOT NULL,
	CONSTRAINT "epochs_org_id_connection_id_resource_pk" PRIMARY KEY("org_id","connection_id","resource")
);
--> statement-breakpoint
ALTER TABLE "epochs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "resource_states" (
	"org_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"definition" jsonb NOT NULL,
	"generation" integer DEFAULT 0 NOT NULL,
	"complete_generation" integer DEFAULT 0 NOT NULL,
	"complete_started_ms" bigint DEFAULT 0 NOT NULL,
	"revision" text,
	CONSTRAINT "resource_states_org_id_connection_id_resource_pk" PRIMARY KEY("org_id","connection_id","resource")
);
--> statement-breakpoint
ALTER TABLE "resource_states" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "upload_chunks" (
	"org_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"revision" text NOT NULL,
	"first_byte" bigint NOT NULL,
	"content" "bytea" NOT NULL,
	CONSTRAINT "upload_chunks_org_id_connection_id_revision_first_byte_pk" PRIMARY KEY("org_id","connection_id","revision","first_byte")
);
--> statement-breakpoint
ALTER TABLE "upload_chunks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "uploads" (
	"org_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"revision" text NOT NULL,
	"bytes" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "uploads_org_id_connection_id_pk" PRIMARY KEY("org_id","connection_id")
);
--> statement-breakpoint
ALTER TABLE "uploads" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "entities" (
	"org_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"external_id" text NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "entities_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"collection_key" text NOT NULL,
	"raw_payload" json,
	"hash" "bytea" NOT NULL,
	"version" bigint NOT NULL,
	"rank" smallint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	"deletion_confidence" text,
	"sanitized" boolean DEFAULT false NOT NULL,
	CONSTRAINT "entities_org_id_connection_id_resource_external_id_pk" PRIMARY KEY("org_id","connection_id","resource","external_id")
);
--> statement-breakpoint
ALTER TABLE "entities" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "quarantine" (
	"org_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"external_id" text NOT NULL,
	"id" uuid NOT NULL,
	"collection_key" text NOT NULL,
	"raw_payload" json NOT NULL,
	"hash" "bytea" NOT NULL,
	"version" bigint NOT NULL,
	"reason_code" text NOT NULL,
	"reason" text NOT NULL,
	"attempts" integer DEFAULT 1 NOT NULL,
	"sync_id" uuid,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "quarantine_org_id_connection_id_resource_external_id_pk" PRIMARY KEY("org_id","connection_id","resource","external_id")
);
--> statement-breakpoint
ALTER TABLE "quarantine" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "seen_pages" (
	"org_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "seen_pages_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"generation" integer NOT NULL,
	"sent_at" bigint NOT NULL,
	"seqs" "int8multirange" NOT NULL,
	CONSTRAINT "seen_pages_org_id_connection_id_resource_sent_at_id_pk" PRIMARY KEY("org_id","connection_id","resource","sent_at","id")
);
--> statement-breakpoint
ALTER TABLE "seen_pages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "events" (
	"org_id" uuid NOT NULL,
	"unified_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"source_system" text NOT NULL,
	"source_id" text NOT NULL,
	"schema_version" text DEFAULT '1.0.0' NOT NULL,
	"event_type" text NOT NULL,
	"event_category" text,
	"payload" json NOT NULL,
	"user_id" text,
	"resource_type" text,
	"resource_id" text,
	"occurred_at" timestamp with time zone NOT NULL,
	"dedupe_key" text NOT NULL,
	"object_key" text,
	"status" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	"custom_fields" json DEFAULT '{}' NOT NULL,
	CONSTRAINT "events_org_id_unified_id_pk" PRIMARY KEY("org_id","unified_id")
);
--> statement-breakpoint
ALTER TABLE "events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "customers" (
	"org_id" uuid NOT NULL,
	"unified_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"external_id" text NOT NULL,
	"source_system" text NOT NULL,
	"source_id" text NOT NULL,
	"schema_version" text NOT NULL,
	"created_at" timestamp with time zone,
	"updated_at" timestamp with time zone,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	"custom_fields" jsonb NOT NULL,
	"email" text,
	"name" text,
	"phone" text,
	"company" text,
	"billing_address" jsonb,
	"shipping_address" jsonb,
	"tags" jsonb,
	CONSTRAINT "customers_org_id_unified_id_pk" PRIMARY KEY("org_id","unified_id")
);
--> statement-breakpoint
ALTER TABLE "customers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "invoices" (
	"org_id" uuid NOT NULL,
	"unified_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"external_id" text NOT NULL,
	"source_system" text NOT NULL,
	"source_id" text NOT NULL,
	"schema_version" text NOT NULL,
	"created_at" timestamp with time zone,
	"updated_at" timestamp with time zone,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	"custom_fields" jsonb NOT NULL,
	"customer_id" text,
	"invoice_number" text,
	"status" text,
	"source_status" text,
	"subtotal" numeric,
	"tax" numeric,
	"total" numeric,
	"currency" text,
	"issue_date" timestamp with time zone,
	"due_date" timestamp with time zone,
	"paid_date" timestamp with time zone,
	"line_items" jsonb,
	CONSTRAINT "invoices_org_id_unified_id_pk" PRIMARY KEY("org_id","unified_id")
);
--> statement-breakpoint
ALTER TABLE "invoices" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "payments" (
	"org_id" uuid NOT NULL,
	"unified_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"external_id" text NOT NULL,
	"source_system" text NOT NULL,
	"source_id" text NOT NULL,
	"schema_version" text NOT NULL,
	"created_at" timestamp with time zone,
	"updated_at" timestamp with time zone,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	"custom_fields" jsonb NOT NULL,
	"kind" text,
	"customer_id" text,
	"invoice_id" text,
	"refunded_payment_id" text,
	"status" text,
	"source_status" text,
	"amount" numeric,
	"amount_refunded" numeric,
	"currency" text,
	"method" text,
	"description" text,
	"failure_code" text,
	"failure_message" text,
	"paid_at" timestamp with time zone,
	CONSTRAINT "payments_org_id_unified_id_pk" PRIMARY KEY("org_id","unified_id")
);
--> statement-breakpoint
ALTER TABLE "payments" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "products" (
	"org_id" uuid NOT NULL,
	"unified_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"external_id" text NOT NULL,
	"source_system" text NOT NULL,
	"source_id" text NOT NULL,
	"schema_version" text NOT NULL,
	"created_at" timestamp with time zone,
	"updated_at" timestamp with time zone,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	"custom_fields" jsonb NOT NULL,
	"name" text,
	"description" text,
	"active" boolean,
	"sku" text,
	"url" text,
	"image_url" text,
	"unit_label" text,
	"default_price_id" text,
	CONSTRAINT "products_org_id_unified_id_pk" PRIMARY KEY("org_id","unified_id")
);
--> statement-breakpoint
ALTER TABLE "products" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "subscriptions" (
	"org_id" uuid NOT NULL,
	"unified_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"external_id" text NOT NULL,
	"source_system" text NOT NULL,
	"source_id" text NOT NULL,
	"schema_version" text NOT NULL,
	"created_at" timestamp with time zone,
	"updated_at" timestamp with time zone,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	"custom_fields" jsonb NOT NULL,
	"customer_id" text,
	"status" text,
	"source_status" text,
	"currency" text,
	"amount" numeric,
	"items" jsonb,
	"started_at" timestamp with time zone,
	"current_period_start" timestamp with time zone,
	"current_period_end" timestamp with time zone,
	"trial_end" timestamp with time zone,
	"cancel_at" timestamp with time zone,
	"canceled_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "subscriptions_org_id_unified_id_pk" PRIMARY KEY("org_id","unified_id")
);
--> statement-breakpoint
ALTER TABLE "subscriptions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "api_key_hashes" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"api_key_id" uuid NOT NULL
);
--> statement-breakpoint
ALTER TABLE "api_key_hashes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "api_keys" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"prefix" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_keys_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
ALTER TABLE "api_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "connectors" (
	"type" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"direction" text NOT NULL,
	"version" text NOT NULL,
	"schema_version" text NOT NULL,
	"capabilities" text[] NOT NULL,
	"status" text NOT NULL,
	"icon_url" text,
	"documentation_url" text,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "connectors" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "encryption_canaries" (
	"key_id" text PRIMARY KEY NOT NULL,
	"sealed" "bytea" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "encryption_canaries" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "orgs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "orgs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "cursors" (
	"org_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"parent" text DEFAULT '' NOT NULL,
	"lane" text NOT NULL,
	"range" smallint DEFAULT 0 NOT NULL,
	"epoch" bigint NOT NULL,
	"position" jsonb NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "cursors_org_id_connection_id_resource_parent_lane_range_pk" PRIMARY KEY("org_id","connection_id","resource","parent","lane","range")
);
--> statement-breakpoint
ALTER TABLE "cursors" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sync_resources" (
	"org_id" uuid NOT NULL,
	"sync_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"scan" text NOT NULL,
	"status" text NOT NULL,
	"generation" integer NOT NULL,
	"note" text,
	"pages" bigint DEFAULT 0 NOT NULL,
	"fetched" bigint DEFAULT 0 NOT NULL,
	"created" bigint DEFAULT 0 NOT NULL,
	"updated" bigint DEFAULT 0 NOT NULL,
	"unchanged" bigint DEFAULT 0 NOT NULL,
	"stale" bigint DEFAULT 0 NOT NULL,
	"archived" bigint DEFAULT 0 NOT NULL,
	"deleted" bigint DEFAULT 0 NOT NULL,
	"quarantined" bigint DEFAULT 0 NOT NULL,
	"skipped" bigint DEFAULT 0 NOT NULL,
	"errors" bigint DEFAULT 0 NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"throttled_ms" bigint DEFAULT 0 NOT NULL,
	"total" bigint,
	"waiting_for" text,
	"wait_until" timestamp with time zone,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"error_code" text,
	"error_message" text,
	CONSTRAINT "sync_resources_org_id_sync_id_resource_pk" PRIMARY KEY("org_id","sync_id","resource")
);
--> statement-breakpoint
ALTER TABLE "sync_resources" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "syncs" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"mode" text NOT NULL,
	"trigger" text NOT NULL,
	"requested_resources" text[],
	"status" text NOT NULL,
	"served_by" uuid,
	"workflow_id" text,
	"requested_by" text NOT NULL,
	"requested_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"cancel_requested_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"error_code" text,
	"error_message" text,
	CONSTRAINT "syncs_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
ALTER TABLE "syncs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "connections" ADD CONSTRAINT "connections_connector_connectors_type_fk" FOREIGN KEY ("connector") REFERENCES "public"."connectors"("type") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_org_id_connection_id_connections_org_id_id_fk" FOREIGN KEY ("org_id","connection_id") REFERENCES "public"."connections"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "epochs" ADD CONSTRAINT "epochs_org_id_connection_id_connections_org_id_id_fk" FOREIGN KEY ("org_id","connection_id") REFERENCES "public"."connections"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "resource_states" ADD CONSTRAINT "resource_states_org_id_connection_id_connections_org_id_id_fk" FOREIGN KEY ("org_id","connection_id") REFERENCES "public"."connections"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "upload_chunks" ADD CONSTRAINT "upload_chunks_org_id_connection_id_connections_org_id_id_fk" FOREIGN KEY ("org_id","connection_id") REFERENCES "public"."connections"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_org_id_connection_id_connections_org_id_id_fk" FOREIGN KEY ("org_id","connection_id") REFERENCES "public"."connections"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_org_id_connection_id_connections_org_id_id_fk" FOREIGN KEY ("org_id","connection_id") REFERENCES "public"."connections"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_key_hashes" ADD CONSTRAINT "api_key_hashes_org_id_api_key_id_api_keys_org_id_id_fk" FOREIGN KEY ("org_id","api_key_id") REFERENCES "public"."api_keys"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_org_id_orgs_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."orgs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cursors" ADD CONSTRAINT "cursors_org_id_connection_id_connections_org_id_id_fk" FOREIGN KEY ("org_id","connection_id") REFERENCES "public"."connections"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_resources" ADD CONSTRAINT "sync_resources_org_id_sync_id_syncs_org_id_id_fk" FOREIGN KEY ("org_id","sync_id") REFERENCES "public"."syncs"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "syncs" ADD CONSTRAINT "syncs_org_id_connection_id_connections_org_id_id_fk" FOREIGN KEY ("org_id","connection_id") REFERENCES "public"."connections"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "connections_app_key" ON "connections" USING btree ("org_id","app_key") WHERE deleted_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "entities_seq" ON "entities" USING btree ("org_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "quarantine_id" ON "quarantine" USING btree ("org_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "events_dedupe" ON "events" USING btree ("org_id","connection_id","dedupe_key");--> statement-breakpoint
CREATE INDEX "customers_source" ON "customers" USING btree ("org_id","connection_id","resource","external_id");--> statement-breakpoint
CREATE INDEX "invoices_source" ON "invoices" USING btree ("org_id","connection_id","resource","external_id");--> statement-breakpoint
CREATE INDEX "payments_source" ON "payments" USING btree ("org_id","connection_id","resource","external_id");--> statement-breakpoint
CREATE INDEX "products_source" ON "products" USING btree ("org_id","connection_id","resource","external_id");--> statement-breakpoint
CREATE INDEX "subscriptions_source" ON "subscriptions" USING btree ("org_id","connection_id","resource","external_id");--> statement-breakpoint
CREATE INDEX "syncs_by_connection" ON "syncs" USING btree ("org_id","connection_id","requested_at");--> statement-breakpoint
CREATE INDEX "syncs_unfinished" ON "syncs" USING btree ("status","requested_at");--> statement-breakpoint
CREATE POLICY "app_select" ON "connections" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "connections" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "connections" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "connections" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "dispatcher_select" ON "connections" AS PERMISSIVE FOR SELECT TO "tributary_dispatcher" USING (true);--> statement-breakpoint
CREATE POLICY "app_select" ON "credentials" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "credentials" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "credentials" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "credentials" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "epochs" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "epochs" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "epochs" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "epochs" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "resource_states" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "resource_states" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "resource_states" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "resource_states" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "upload_chunks" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "upload_chunks" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "upload_chunks" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "upload_chunks" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "uploads" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "uploads" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "uploads" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "uploads" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "entities" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "entities" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "entities" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "entities" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "quarantine" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "quarantine" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "quarantine" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "quarantine" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "seen_pages" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "seen_pages" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "seen_pages" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "seen_pages" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "events" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "events" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "events" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "events" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "dispatcher_select" ON "events" AS PERMISSIVE FOR SELECT TO "tributary_dispatcher" USING (true);--> statement-breakpoint
CREATE POLICY "intake_insert" ON "events" AS PERMISSIVE FOR INSERT TO "tributary_intake" WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "app_select" ON "customers" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "customers" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "customers" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "customers" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "invoices" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "invoices" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "invoices" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "invoices" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "payments" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "payments" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "payments" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "payments" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "products" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "products" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "products" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "products" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "subscriptions" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "subscriptions" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "subscriptions" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "subscriptions" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "dispatcher_select" ON "api_key_hashes" AS PERMISSIVE FOR SELECT TO "tributary_dispatcher" USING (true);--> statement-breakpoint
CREATE POLICY "dispatcher_insert" ON "api_key_hashes" AS PERMISSIVE FOR INSERT TO "tributary_dispatcher" WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "app_select" ON "api_keys" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "api_keys" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "api_keys" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "api_keys" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "dispatcher_select" ON "api_keys" AS PERMISSIVE FOR SELECT TO "tributary_dispatcher" USING (true);--> statement-breakpoint
CREATE POLICY "dispatcher_insert" ON "api_keys" AS PERMISSIVE FOR INSERT TO "tributary_dispatcher" WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "app_all" ON "connectors" AS PERMISSIVE FOR ALL TO "tributary_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "app_all" ON "encryption_canaries" AS PERMISSIVE FOR ALL TO "tributary_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "app_select" ON "orgs" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "orgs" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "orgs" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "orgs" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "dispatcher_select" ON "orgs" AS PERMISSIVE FOR SELECT TO "tributary_dispatcher" USING (true);--> statement-breakpoint
CREATE POLICY "dispatcher_insert" ON "orgs" AS PERMISSIVE FOR INSERT TO "tributary_dispatcher" WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "app_select" ON "cursors" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "cursors" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "cursors" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "cursors" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "sync_resources" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "sync_resources" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "sync_resources" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "sync_resources" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "dispatcher_select" ON "sync_resources" AS PERMISSIVE FOR SELECT TO "tributary_dispatcher" USING (true);--> statement-breakpoint
CREATE POLICY "app_select" ON "syncs" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "syncs" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "syncs" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "syncs" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "dispatcher_select" ON "syncs" AS PERMISSIVE FOR SELECT TO "tributary_dispatcher" USING (true);