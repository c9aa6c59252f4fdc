import { startApp } from '../setup/app.ts'
import { startFleet } from '../setup/fleet.ts'
import { stockRaces } from './stock-suite.ts'

stockRaces('in one process', () => startApp({ season: true }))
stockRaces('in three processes behind nginx', () => startFleet({ season: true }))
