// Colours have a contrast of 4.5 and more on what they stand on, in both schemes. The code's ground stays white in the dark:
// scanners look for dark on light. `svh` is the screen without the browser's own bars.
export const PAGE_STYLE = `
:root{--ground:#eef0f6;--card:#fff;--ink:#171a2b;--soft:#555b73;--line:#c9cede;--band:#2b2f77;--on-band:#fff;--warn:#9b1c1c;--warn-ground:#fdecec}
@media (prefers-color-scheme:dark){:root{--ground:#0d0f1a;--card:#1a1d2e;--ink:#f2f3fa;--soft:#aab0c8;--line:#3a3f58;--band:#3a3f9a;--warn:#ffb4ab;--warn-ground:#3b1414}}
*{box-sizing:border-box}
html{scroll-snap-type:y proximity;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
a{color:inherit}
h1,h2,p,dl,dd,dt,ul{margin:0;padding:0}
.ticket{min-height:100vh;min-height:100svh;display:flex;flex-direction:column;justify-content:center;align-items:center;padding:.75rem;scroll-snap-align:start}
.card{width:min(94vw,28rem);background:var(--card);border-radius:1.1rem;overflow:hidden;box-shadow:0 1px 2px #0003,0 8px 24px #0002}
.head{background:var(--band);color:var(--on-band);padding:.8rem 1.1rem .9rem}
.head .row{display:flex;justify-content:space-between;gap:1rem;font-size:.8rem;opacity:.92}
.head h1,.head h2{font-size:1.25rem;line-height:1.25;margin:.25rem 0 .2rem;overflow-wrap:anywhere}
.head p{font-size:.92rem}
.head .long{font-size:.95rem}
.head .row span:last-child{flex:none}
.code{padding:.6rem 0 .2rem;display:flex;justify-content:center}
.code svg{display:block;width:min(86vw,25.5rem);height:auto;background:#fff;border-radius:.5rem;forced-color-adjust:none}
.note{text-align:center;text-wrap:balance;font-size:.85rem;color:var(--soft);padding:.35rem 1.1rem 0}
.dead{margin:1.1rem;padding:2.2rem 1.1rem;border-radius:.7rem;background:var(--warn-ground);color:var(--warn);text-align:center}
.dead strong{display:block;font-size:1.2rem;margin-bottom:.3rem}
.alarm{background:var(--warn-ground);color:var(--warn);text-align:center;font-weight:700;padding:.5rem 1.1rem}
.short{text-align:center;font:700 1.35rem/1.3 ui-monospace,Menlo,Consolas,"Liberation Mono",monospace;letter-spacing:.12em;padding-top:.35rem}
.facts{display:grid;grid-template-columns:1fr 1fr;gap:.55rem 1rem;padding:.8rem 1.1rem 1rem;margin-top:.6rem;border-top:2px dashed var(--line)}
.facts dt{font-size:.75rem;color:var(--soft)}
.facts dd{font-weight:600;overflow-wrap:anywhere}
.facts .wide{grid-column:1/-1}
.foot{max-width:28rem;margin:0 auto;padding:0 1.1rem 2rem;text-align:center;color:var(--soft);font-size:.88rem}
.foot ul{list-style:none;display:flex;flex-wrap:wrap;gap:.6rem;justify-content:center;margin-bottom:.9rem}
.foot a{display:inline-block;padding:.65rem 1rem;border:1px solid var(--line);border-radius:.6rem;background:var(--card);color:var(--ink);text-decoration:none;font-weight:600}
.foot a:focus-visible{outline:3px solid var(--soft);outline-offset:2px}
.refused{max-width:32rem;margin:0 auto;padding:18vh 1.4rem 2rem}
.refused h1,.refused h2{font-size:1.4rem;margin-bottom:.5rem}
.refused section+section{margin-top:2rem;padding-top:2rem;border-top:1px solid var(--line);color:var(--soft)}
form label{display:block;margin-top:1rem;font-weight:600}
form input{display:block;width:100%;margin-top:.3rem;padding:.65rem .8rem;border:1px solid var(--soft);border-radius:.6rem;background:var(--card);color:inherit;font:inherit}
form button{margin-top:1.4rem;padding:.7rem 1.3rem;border:0;border-radius:.6rem;background:var(--band);color:var(--on-band);font:inherit;font-weight:600}
@media print{html{scroll-snap-type:none}.ticket{break-after:page;min-height:0}.foot{display:none}}
`
