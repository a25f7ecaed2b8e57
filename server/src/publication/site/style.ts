/** How the public pages look: one sheet, dark and light, from a phone to a wall. */
import { createHash } from 'node:crypto'

export const style = `
:root { color-scheme: light dark; --page: #fbfbfa; --card: #fff; --ink: #1c2024; --soft: #5b6470;
  --line: #e2e5e9; --bar: #2f6fdb; --wash: #2f6fdb; --edge: #10315f; }
@media (prefers-color-scheme: dark) { :root { --page: #101418; --card: #171c22; --ink: #e8ebee;
  --soft: #a3adb8; --line: #2a323b; --bar: #6ea3f7; --wash: #6ea3f7; --edge: #cfe0fc; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main, header, footer { max-width: 66rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.02em; }
h2 { font-size: 1.15rem; margin: 0; letter-spacing: -.01em; }
p { margin: .4rem 0; }
a { color: inherit; text-decoration-color: var(--bar); text-underline-offset: .2em; }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--bar); outline-offset: 3px; }
.soft { color: var(--soft); }
.lead { font-size: 1.05rem; max-width: 46rem; }
.head { display: grid; grid-template-columns: minmax(14rem, 1fr) minmax(0, 2fr); gap: 1.5rem;
  align-items: center; margin: .6rem 0; }
.number { font-size: clamp(2.6rem, 7vw, 4.2rem); font-weight: 650; line-height: 1;
  letter-spacing: -.03em; font-variant-numeric: tabular-nums; }
section.main { margin: 1.4rem 0 1rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr));
  gap: 1rem; align-items: start; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  padding: 1.1rem 1.2rem; min-width: 0; }
.wide { grid-column: 1 / -1; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
  margin: .7rem 0 .3rem; }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .35rem; }
th, td { text-align: left; font-weight: 400; padding: .22rem .5rem .22rem 0;
  vertical-align: middle; }
thead th, .bars thead td { border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-size: .82rem; }
td.n, th.n { text-align: right; white-space: nowrap; padding-left: .7rem; }
th.name { max-width: 13rem; overflow-wrap: anywhere; }
.bars td.bar { width: 36%; padding-right: .6rem; }
.bars th.name { width: 30%; }
svg { display: block; max-width: 100%; }
.bar svg { width: 100%; height: .85rem; }
.fill { fill: var(--bar); } .track { fill: var(--line); opacity: .55; }
.line { fill: none; stroke: var(--bar); stroke-width: 2.5; stroke-linejoin: round; }
.band { fill: var(--wash); opacity: .16; } .dot { fill: var(--bar); }
.axis { stroke: var(--line); } .label { fill: var(--soft); font: 12px system-ui, sans-serif; }
.scroll { overflow-x: auto; }
.heat td { text-align: right; min-width: 4rem; padding: .3rem .55rem; border: 2px solid var(--card);
  border-radius: .3rem; position: relative; }
.heat thead th { text-align: right; padding-right: .55rem; border: 0; }
.h1 { background: color-mix(in srgb, var(--wash) 8%, transparent); }
.h2 { background: color-mix(in srgb, var(--wash) 16%, transparent); }
.h3 { background: color-mix(in srgb, var(--wash) 25%, transparent); }
.h4 { background: color-mix(in srgb, var(--wash) 34%, transparent); }
.hidden { color: var(--soft); background: repeating-linear-gradient(135deg, transparent 0 5px,
  color-mix(in srgb, var(--line) 75%, transparent) 5px 7px); }
details { margin-top: .5rem; font-size: .9rem; color: var(--soft); }
summary { cursor: pointer; width: fit-content; }
details ul { padding-left: 1.1rem; margin: .4rem 0; } li { margin: .2rem 0; }
code { font: .88em ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
footer { padding: 1.5rem 1.25rem 3rem; font-size: .93rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .35rem 1.1rem; padding: 0; }
.embed { padding: 1rem; max-width: none; } .embed .card { border: 0; padding: 0; }
@media (max-width: 40rem) { .head { grid-template-columns: 1fr; gap: .8rem; }
  header { padding-top: 1.6rem; } .past { display: none; } .label { font-size: 19px; } }
@media print { .card { break-inside: avoid; } }
`

/**
 * Nothing may run and nothing is fetched; the one sheet is named by what it says, so that the page
 * works from a disk as well.
 */
export const policy =
  "default-src 'none'; style-src 'sha256-" +
  `${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`
