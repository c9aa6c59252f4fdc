// npm run test:browser: what needs Debian's chromium and poppler-utils, which a newcomer's npm test does not.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/browser/**/*.ts'],
    globalSetup: ['test/setup/services.ts'],
    experimental: { viteModuleRunner: false },
    pool: 'forks',
    testTimeout: 60_000,
    // The first run installs a browser.
    hookTimeout: 600_000,
  },
})
