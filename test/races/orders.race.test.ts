import { startApp } from '../setup/app.ts'
import { startFleet } from '../setup/fleet.ts'
import { orderRaces } from './orders-suite.ts'

orderRaces('in one process', () => startApp({ season: true }))
orderRaces('in three processes behind nginx', () => startFleet({ season: true }))
