import { startApp } from '../setup/app.ts'
import { startFleet } from '../setup/fleet.ts'
import { paymentRaces } from './payments-suite.ts'

paymentRaces('in one process', () => startApp({ season: true }))
paymentRaces('in three processes behind nginx', () => startFleet({ season: true }))
