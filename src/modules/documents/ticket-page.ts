import { spacedCode } from '../../platform/ids.ts'
import { type Locale, whenText } from '../../platform/locale.ts'
import { qrMatrix } from '../../platform/qr.ts'
import { type Html, html, nothing } from './html.ts'
import { page } from './page.ts'
import { qrPath } from './qr-path.ts'
import type { TicketPageLinks, TicketsView, TicketView } from './tickets-view.ts'
import { type Words, words } from './words.ts'

// In characters: a longer title is set smaller, so that the code stays on the screen.
const LONG = 70

/** The tickets of an order, one a screen, first of all for a phone held up at a gate. */
export function ticketPage(order: TicketsView, locale: Locale, links: TicketPageLinks): string {
  const said = words[locale]
  const tickets = order.tickets.map((ticket, at) => screen(order, ticket, at, locale))
  const body = html`<main>
${tickets}
</main>
<footer class="foot">
<ul><li><a href="${links.pdf}">${said.pdf}</a></li><li><a href="${links.calendar}">${said.calendar}</a></li>
<li><a href="?lang=${locale === 'id' ? 'en' : 'id'}" lang="${locale === 'id' ? 'en' : 'id'}">${said.other}</a></li></ul>
<p>${said.secret}</p>
</footer>`
  return page(locale, `${said.ticket} · ${order.title}`, body)
}

function screen(order: TicketsView, ticket: TicketView, at: number, locale: Locale): Html {
  const said = words[locale]
  const { startsAt, endsAt } = ticket
  const size = order.title.length > LONG ? 'long' : ''
  const title =
    at === 0
      ? html`<h1 class="${size}" dir="auto">${order.title}</h1>`
      : html`<h2 class="${size}" dir="auto">${order.title}</h2>`
  return html`<article class="ticket" id="${ticket.code}" aria-label="${said.ofTickets(at + 1, order.tickets.length)}">
<div class="card">
<header class="head">
<div class="row"><span dir="auto">${order.organizer}</span><span>${said.ofTickets(at + 1, order.tickets.length)}</span></div>
${title}
<p><time datetime="${startsAt.toISOString()}">${whenText(locale, startsAt, endsAt, order.timeZone)}</time></p>
${order.place ? html`<p dir="auto">${order.place}</p>` : nothing}
</header>
${order.cancelled ? html`<p class="alarm">${said.cancelled}</p>` : nothing}
${ticket.token === null ? dead(ticket, said) : code(ticket, ticket.token, said)}
<dl class="facts">
${fact(said.category, ticket.category)}
${fact(said.holder, ticket.holder)}
${ticket.schedule ? fact(said.schedule, ticket.schedule) : nothing}
${fact(said.order, order.number)}
</dl>
</div>
</article>
`
}

const fact = (name: string, value: string): Html =>
  html`<div><dt>${name}</dt><dd dir="auto">${value}</dd></div>`

function code(ticket: TicketView, token: string, said: Words): Html {
  const { side, path } = qrPath(qrMatrix(token))
  return html`<div class="code"><svg role="img" aria-label="${said.qrOf(ticket.code)}" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path stroke="#000" d="${path}"/></svg></div>
<p class="short" aria-label="${said.code}">${spacedCode(ticket.code)}</p>
<p class="note">${ticket.used ? said.reentry : said.show}</p>`
}

function dead(ticket: TicketView, said: Words): Html {
  const why = ticket.used ? said.usedWhy : said.revokedWhy
  const state = ticket.used ? said.USED : said.REVOKED
  return html`<div class="dead"><strong>${state}</strong>${why}</div>
<p class="short">${spacedCode(ticket.code)}</p>`
}
