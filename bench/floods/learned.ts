// What the same floods did before their mends.

export const learned = [
  'Before the mends, the same bench, one round of 4 s each (`--quick`):',
  '- A network that charged its own orders in a loop opened the breaker with the provider’s 429: all 10 other buyers were refused their payment.',
  '- Tickets as PDF were drawn on the event loop: an order’s median rose from 5 to 1,109 ms, a payment’s from 14 to 2,017 ms.',
  '- Orders that were charged and cancelled in a loop took a ticket mail’s median from 245 to 4,597 ms, and orders that cost nothing kept it from all 10 buyers.',
  '- Holds and orders by invented devices took all 100 tickets of a small event; 4,000 addresses of one list left 4 MB in Redis, and 1,000 holds 2.3 MB for two days.',
  '- Of 517 guesses at one account, each from another /64 of one /48, all were compared.',
].join('\n')
