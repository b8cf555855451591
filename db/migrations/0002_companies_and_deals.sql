CREATE TABLE "companies" (
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
	"domain" text,
	"industry" text,
	"phone" text,
	"employees" integer,
	"annual_revenue" numeric,
	"currency" text,
	"address" jsonb,
	"owner_id" text,
	CONSTRAINT "companies_org_id_unified_id_pk" PRIMARY KEY("org_id","unified_id")
);
--> statement-breakpoint
ALTER TABLE "companies" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "deals" (
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
	"amount" numeric,
	"currency" text,
	"pipeline" text,
	"stage" text,
	"status" text,
	"expected_close_date" date,
	"closed_at" timestamp with time zone,
	"owner_id" text,
	"company_ids" jsonb,
	"customer_ids" jsonb,
	CONSTRAINT "deals_org_id_unified_id_pk" PRIMARY KEY("org_id","unified_id")
);
--> statement-breakpoint
ALTER TABLE "deals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "companies_source" ON "companies" USING btree ("org_id","connection_id","resource","external_id");--> statement-breakpoint
CREATE INDEX "deals_source" ON "deals" USING btree ("org_id","connection_id","resource","external_id");--> statement-breakpoint
CREATE POLICY "app_select" ON "companies" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "companies" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "companies" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "companies" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_select" ON "deals" AS PERMISSIVE FOR SELECT TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "app_insert" ON "deals" AS PERMISSIVE FOR INSERT TO "tributary_app" WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_update" ON "deals" AS PERMISSIVE FOR UPDATE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor')) WITH CHECK (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));--> statement-breakpoint
CREATE POLICY "app_delete" ON "deals" AS PERMISSIVE FOR DELETE TO "tributary_app" USING (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) and (select current_setting('app.role', true)) in ('owner', 'editor'));