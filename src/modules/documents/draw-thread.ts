// Runs in the threads of drawing.ts and nowhere else: nothing that the event loop runs loads a library that draws.
import { constants, setPriority } from 'node:os'
import { move } from 'piscina'
import { qrPng, qrSvg } from '../../platform/qr.ts'
import type { DrawTasks } from './draw-tasks.ts'
import { drawInvoice } from './invoice-pdf.ts'
import { ticketPage } from './ticket-page.ts'
import { drawTickets } from './tickets-pdf.ts'

// On Linux this is the thread alone: who waits for an answer comes before who waits for a picture.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

// Small Buffers share their memory with others, so a copy is what changes hands.
const sent = (made: Buffer | string) => move(new Uint8Array(Buffer.from(made)))

export const qr = async ({ text, format }: DrawTasks['qr']) =>
  sent(format === 'png' ? await qrPng(text) : await qrSvg(text))

export const ticketsPdf = async ({ view, locale }: DrawTasks['ticketsPdf']) =>
  sent(await drawTickets(view, locale))

export const page = ({ view, locale, links }: DrawTasks['page']) => sent(ticketPage(view, locale, links))

export const invoicePdf = async ({ view, locale }: DrawTasks['invoicePdf']) =>
  sent(await drawInvoice(view, locale))
