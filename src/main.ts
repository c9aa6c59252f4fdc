// The HTTP process. `npm start` prepares a development machine and then comes here too.
import { createApp } from './app.ts'
import { loadConfig } from './config.ts'
import { expectFree } from './http/listen.ts'
import { runUntilStopped } from './process.ts'

await runUntilStopped(async () => {
  const config = loadConfig()
  await expectFree({ port: config.port, host: config.host, setting: 'PORT' })
  const app = await createApp(config)
  const { port } = await app.listen()
  app.deps.log.info({ port, environment: config.environment }, 'listening')
  return app
})
