/** Light and dark from one set of names; print is always light. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --card: #fff; --ink: #1b1f24; --soft: #59616b; --line: #d9dde2; --link: #0b57b0;
  --fail: #b3261e; --fail-back: #fdeceb; --warn: #7c5200; --warn-back: #fff3d6;
  --pass: #1a6b3c; --pass-back: #e5f5ea;
  --series: #1f5fbf; --fit: #b3261e; --band: rgba(179, 38, 30, .16); --budget: #7c5200;
  --warm-up: rgba(100, 110, 125, .16); --grid: rgba(100, 110, 125, .2);
  --part-code: #aeb8c4; --part-files: #cdd4dc; --part-rest: #b9c0c9;
}
@media screen and (prefers-color-scheme: dark) {
  :root:not(.printing) {
    --page: #14171b; --card: #1c2026; --ink: #e7eaee; --soft: #a7b0bb; --line: #363d46; --link: #8ab8ff;
    --fail: #ff9a92; --fail-back: #44201e; --warn: #f3c66a; --warn-back: #3b2f12;
    --pass: #86d9a4; --pass-back: #17341f;
    --series: #7fb0ff; --fit: #ff9a92; --band: rgba(255, 154, 146, .2); --budget: #f3c66a;
    --warm-up: rgba(170, 180, 195, .16); --grid: rgba(170, 180, 195, .18);
    --part-code: #56606c; --part-files: #434c57; --part-rest: #69727d;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.1rem; margin: 0; }
h4 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .5rem 0; max-width: 70ch; }
ul { padding-left: 1.25rem; margin: .5rem 0; }
li { max-width: 80ch; margin: .25rem 0; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: .5rem 0; padding: .75rem; border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; }
.run { max-width: none; }
.soft { color: var(--soft); }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem; z-index: 2; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.verdict { margin-top: 1.5rem; padding: 1rem 1.25rem; border-radius: 8px; border-left: 8px solid; background: var(--card); }
.verdict p:last-child { margin-bottom: 0; }
.fail, .broken { --tone: var(--fail); --back: var(--fail-back); }
.warn, .inconclusive, .skipped { --tone: var(--warn); --back: var(--warn-back); }
.plain { --tone: var(--soft); --back: transparent; }
.pass { --tone: var(--pass); --back: var(--pass-back); }
.verdict { border-color: var(--tone); background: var(--back); }
.verdict h1 { color: var(--tone); }
.chip {
  display: inline-block; padding: 0 .5em; border-radius: 1em; white-space: nowrap; font-weight: 600; font-size: .875rem;
  color: var(--tone); background: var(--back); border: 1px solid;
}
.scroll { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
th { font-weight: 600; }
td bdi, th bdi, td code { overflow-wrap: break-word; }
td, th { max-width: 40rem; }
.number { text-align: right; white-space: nowrap; }
.said { min-width: 18rem; overflow-wrap: anywhere; }
.matrix td, .matrix th { padding-right: 1.5rem; min-width: 7rem; }
.matrix .entry + .entry { margin-top: .5rem; }
form { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; align-items: end; margin: .75rem 0; }
form[hidden], .cell[hidden], tr[hidden], .entry[hidden] { display: none; }
label { display: block; font-size: .875rem; color: var(--soft); }
input, select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--soft); border-radius: 6px; padding: .35rem .5rem; max-width: 100%; }
.cell { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem; margin: 1rem 0; }
.cell > .head { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
.cell h3 a { color: inherit; text-decoration-color: var(--line); }
.why { font-size: 1.05rem; }
.why::first-letter { text-transform: uppercase; }
.charts { display: grid; gap: 1.25rem 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
figure { margin: 0; min-width: 0; }
figcaption strong { display: block; }
.chart { min-height: 200px; margin-top: .25rem; overflow: hidden; }
details { margin: .5rem 0; }
summary { cursor: pointer; color: var(--link); width: fit-content; }
figure details, figure summary { font-size: .875rem; }
.uplot { font-family: inherit; }
.u-legend { font-size: .8rem; text-align: left; color: var(--soft); }
.u-legend .u-marker { display: none; }
.u-legend th, .u-legend td { border: 0; padding-top: 0; padding-bottom: 0; }
.keys { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .875rem; color: var(--soft); padding: 0; list-style: none; }
.keys i { display: inline-block; width: 1.5em; height: .8em; margin-right: .4em; vertical-align: -.05em; }
.key-series { border-top: 2px solid var(--series); transform: translateY(.4em); }
.key-fit { background: linear-gradient(var(--fit), var(--fit)) 0 50% / 100% 4px no-repeat var(--band); opacity: .75; }
.key-budget { border-top: 2px dotted var(--budget); transform: translateY(.4em); }
.key-warm { background: var(--warm-up); border: 1px solid var(--line); }
.key-mark { width: .8em !important; border: 2px solid var(--ink); border-radius: 50%; }
.charts.small { grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr)); }
.small .chart { min-height: 150px; }
figcaption a { color: inherit; text-decoration-color: var(--line); }
.stack { margin: .5rem 0; padding-left: 4.5rem; }
.plot { position: relative; height: 12.5rem; margin-bottom: 1.6rem; font-size: .75rem; color: var(--soft); white-space: nowrap; }
.plot svg { display: block; width: 100%; height: 100%; }
.plot path { fill: var(--part, var(--part-rest)); stroke: var(--card); stroke-width: 1; vector-effect: non-scaling-stroke; }
.plot .resident { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.plot .grid { fill: none; stroke: var(--grid); }
.plot .pointer { fill: none; stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 4 3; pointer-events: none; }
.plot .up { position: absolute; right: 100%; padding-right: .4rem; transform: translateY(-50%); }
.plot .first, .plot .last { position: absolute; top: 100%; padding-top: .2rem; }
.plot .first { left: 0; } .plot .last { right: 0; }
.look[hidden] { display: none; }
.look input { width: 100%; padding: 0; }
.look output { display: block; font-size: .875rem; min-height: 3em; }
.swatch { display: inline-block; width: .9em; height: .9em; margin-right: .4em; border-radius: 2px; vertical-align: -.05em; background: var(--part, var(--part-rest)); }
.part-live { --part: #f08a80; } .part-pinned { --part: #f0bd5b; }
.part-trimmable { --part: #a9d18e; } .part-malloc, .part-allocator { --part: #e7a3c4; }
.part-managed { --part: #7fb7e6; } .part-stacks { --part: #b9a3e3; }
.part-code { --part: var(--part-code); } .part-files { --part: var(--part-files); }
.part-other { --part: #d2b48c; } .part-shared { --part: #9ccfcf; }
#no-such:empty { display: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; font-size: .9rem; margin: .5rem 0; }
dt { color: var(--soft); } dd { margin: 0; min-width: 0; }
footer { padding-top: 2rem; padding-bottom: 2rem; color: var(--soft); font-size: .875rem; }
@media (max-width: 40rem) {
  h1 { font-size: 1.3rem; }
  .cell { padding: .75rem; margin-inline: -.5rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; }
  .said { min-width: 13rem; }
  .stack { padding-left: 3.75rem; }
  .matrix td, .matrix th { padding-right: .5rem; min-width: 5.5rem; overflow-wrap: anywhere; }
  .matrix bdi { overflow-wrap: anywhere; }
}
@media print {
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10pt; background: #fff; }
  form, .skip, noscript, .u-legend, .look { display: none; }
  .chart { min-height: 0; }
  .cell { border: 0; border-top: 1px solid; border-radius: 0; padding: .75rem 0; }
  figure, tr, .stack, .verdict, .cell table { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
  .charts { grid-template-columns: 1fr 1fr; }
  .scroll { overflow: visible; }
  details:not([open]) { display: none; }
  td, th { overflow-wrap: anywhere; }
  .said, .matrix td, .matrix th { min-width: 0; }
}
`;
