// The HTTP process. `npm start` prepares a development machine and then comes here too.
import { createApp } from './app.ts'
import { loadConfig } from './config.ts'
import { runUntilStopped } from './process.ts'

await runUntilStopped(async () => {
  const config = loadConfig()
  const app = await createApp(config)
  const { port } = await app.listen()
  app.deps.log.info({ port, environment: config.environment }, 'listening')
  return app
})
