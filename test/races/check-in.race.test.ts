import { startApp } from '../setup/app.ts'
import { startFleet } from '../setup/fleet.ts'
import { checkInRaces } from './check-in-suite.ts'

checkInRaces('in one process', () => startApp({ season: true }))
checkInRaces('in three processes behind nginx', () => startFleet({ season: true }))
