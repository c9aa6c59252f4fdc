import { startApp } from '../setup/app.ts'
import { startFleet } from '../setup/fleet.ts'
import { promoRaces } from './promo-codes-suite.ts'

promoRaces('in one process', () => startApp())
promoRaces('in three processes behind nginx', () => startFleet())
