import { startApp } from '../setup/app.ts'
import { startFleet } from '../setup/fleet.ts'
import { fulfilmentRaces } from './fulfilment-suite.ts'

fulfilmentRaces('in one process', () => startApp({ season: true }))
fulfilmentRaces('in three processes behind nginx', () => startFleet({ season: true }))
