/** Which connectors a deployment has. Those that are named nowhere do not exist for it. */
export type TributaryConfig = {
  connectors: {
    /** Types of our own connectors that are on. All, if left out. */
    enabled?: string[]
    /** Folders (`./`, `../` or absolute) and npm packages that hold a connector each; they are on once they are named. */
    external?: string[]
  }
}

/** `export default defineConfig({ … })` in tributary.config.ts. */
export const defineConfig = (config: TributaryConfig): TributaryConfig => config
