// A job process that a test kills: its only job has its effect, says so, and never ends.
import { loadConfig } from '../../src/config.ts'
import { connect } from '../../src/parts.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { workJobs } from './jobs.ts'
import { nameOrganizer } from './name-organizer.ts'

const config = loadConfig()
const { deps } = connect(config, systemClock, 10_000)
workJobs({ app: { deps } }, config.redisUrl, {
  async hangs(id) {
    await nameOrganizer(deps.prisma, id)
    process.stdout.write('begun\n')
    await new Promise(() => undefined)
  },
})
