/** Each step of a tree further to the right: a page may not carry styles of its own. */
const STEPS = Array.from({ length: 31 }, (_, step) => `.depth${step} { padding-left: ${(step * 0.8).toFixed(1)}rem; }`);

/** The viewer's style sheet. Nothing is said by colour alone; light or dark follows the reader's system. */
export const STYLE = `
:root { color-scheme: light dark; --back: #fff; --text: #1b1b1f; --card: #f7f7f8; --line: #d5d5da; --faint: #5c5c66;
  --link: #0b57d0; --busy: #b3261e; --native: #7a4b00; --calm: #146c2e; --odd: #7b1fa2; --bar: #5b8def; --mark: #fff3b0; }
@media (prefers-color-scheme: dark) { :root { --back: #16161a; --text: #e6e6ea; --card: #1f1f25; --line: #3a3a42; --faint: #a5a5b0;
  --link: #8ab4f8; --busy: #ff8a80; --native: #ffb74d; --calm: #7bd88f; --odd: #e1a7f5; --bar: #6f9cf5; --mark: #5c4d00; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
code, pre, dd, .answer, .faint, .name { overflow-wrap: anywhere; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
p a, li a, td a { text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 3px; text-decoration-color: var(--line); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -999rem; background: var(--back); padding: .5rem 1rem; }
.skip:focus { left: .5rem; top: .5rem; z-index: 2; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; padding: .7rem 1.25rem; border-bottom: 1px solid var(--line); }
header ul, .toc ul, .strip ul, .set, .made { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: 0; padding: 0; }
.made { display: block; }
.brand { font-weight: 700; font-size: 1.1rem; color: var(--text); }
[aria-current=page] { color: var(--text); font-weight: 700; }
main { padding: 1rem 1.25rem 3rem; max-width: 100rem; margin: 0 auto; }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; }
h2 { font-size: 1.05rem; margin: .75rem 0 .5rem; }
h3 { font-size: .95rem; margin: .75rem 0 .25rem; }
.filters { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 0 0 .75rem; }
input, button, select { font: inherit; padding: .25rem .5rem; color: inherit; background: var(--back); border: 1px solid var(--faint); border-radius: 4px; max-width: 100%; }
select { max-width: min(100%, 16rem); }
input[type=checkbox] { accent-color: var(--link); }
input[type=search] { flex: 1 1 14rem; min-width: 0; }
button { background: var(--card); cursor: pointer; }
.set { margin: 0 0 .75rem; }
.set a, .badge, h1, h2, h3, summary, dt, li, label { overflow-wrap: anywhere; }
.set a { border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .6rem; text-decoration: none; }
.sum, .faint, .empty { color: var(--faint); }
.sum a { margin-left: .25rem; }
.note { background: var(--card); border-left: 4px solid var(--native); padding: .5rem .75rem; }
.mark { color: var(--busy); font-weight: 600; }
mark { background: var(--mark); color: inherit; }
[data-copy] { padding: 0 .5rem; font-size: .85rem; margin-left: .25rem; }
#fresh { position: sticky; top: .5rem; z-index: 1; display: block; margin: 0 auto .5rem; border-radius: 1rem; border-color: var(--link); color: var(--link); font-weight: 600; }
#fresh[hidden] { display: none; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: 400; }
thead th { color: var(--faint); font-weight: 500; white-space: nowrap; }
tr:focus-within { background: var(--card); }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
.nowrap { white-space: nowrap; }
.name { font-weight: 600; }
.where { width: 44%; }
.causes .badge { margin-top: .15rem; }
code, pre { font: 13px/1.5 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
code.file { color: var(--faint); }
pre { margin: 0; white-space: pre-wrap; }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; font-size: .82rem; font-weight: 500; }
.badge.busy { color: var(--busy); border-color: var(--busy); }
.badge.native { color: var(--native); border-color: var(--native); }
.badge.calm { color: var(--calm); border-color: var(--calm); }
.badge.odd { color: var(--odd); border-color: var(--odd); }
.bars path, .age rect { fill: var(--bar); }
.age.active rect, .age rect.report { fill: var(--busy); }
.age { display: block; width: 100%; min-width: 6rem; height: 10px; margin-top: .45rem; }
.bars { display: inline-block; vertical-align: middle; max-width: 100%; }
.verdict { border: 1px solid var(--line); border-left: 5px solid var(--busy); border-radius: 6px; background: var(--card); padding: .75rem 1rem; margin: 0 0 1rem; }
.verdict.calm { border-left-color: var(--calm); }
.verdict p { margin: .35rem 0; }
.answer { font-size: 1.15rem; font-weight: 600; }
.verdict dl { margin: 0; }
.verdict dl div { display: flex; gap: .6rem; }
.verdict dt { color: var(--faint); flex: 0 0 5.5rem; }
.verdict dd { margin: 0; min-width: 0; }
.meters { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; }
meter { width: 5rem; vertical-align: middle; }
.strip, .toc { margin: 0 0 1rem; }
.section { border: 1px solid var(--line); border-radius: 6px; margin: 0 0 .75rem; content-visibility: auto; contain-intrinsic-size: auto 3rem; }
.section > summary { padding: .5rem 1rem; cursor: pointer; }
.section > summary h2 { display: inline; }
.section > .body { padding: 0 1rem .75rem; }
.thread { border-top: 1px solid var(--line); padding: .25rem 0 .5rem; }
.thread:first-child { border-top: 0; }
.thread p { margin: .15rem 0; }
.self { color: inherit; }
.frame { margin: .3rem 0; }
.frame pre, .tree pre { margin-left: 1.5rem; }
.fold > summary { color: var(--faint); cursor: pointer; }
.fold > .frame { margin-left: 1.1rem; }
.tree { list-style: none; margin: 0; padding: 0 0 0 1.1rem; border-left: 1px solid var(--line); }
.count { display: inline-block; min-width: 2rem; font-weight: 700; text-align: right; font-variant-numeric: tabular-nums; }
.keys th { width: 14rem; color: var(--faint); }
.keys td { font: 13px/1.6 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
.keys .in1 { padding-left: 1rem; } .keys .in2 { padding-left: 2rem; } .keys .in3 { padding-left: 3rem; } .keys .in4 { padding-left: 4rem; }
.flight th[scope=row] { width: 34%; }
.waterfall th[scope=row] { width: 38%; }
.waterfall .fold > summary { color: var(--text); }
.flight td:last-child, .waterfall td:last-child { width: 36%; padding-right: 0; }
${STEPS.join('\n')}
@media (max-width: 50rem) {
  main { padding: .75rem .75rem 3rem; } header { padding: .6rem .75rem; }
  .rows thead, .flight thead, .waterfall thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .rows tr, .flight tr, .waterfall tr { display: block; border-bottom: 1px solid var(--line); padding: .5rem 0; }
  .rows th, .rows td, .flight th, .flight td, .waterfall th, .waterfall td { display: block; border: 0; padding: .05rem 0; width: auto; text-align: left; }
  .flight th[scope=row], .waterfall th[scope=row], .flight td:last-child, .waterfall td:last-child { width: auto; }
  .rows th, .rows td, .flight th, .flight td, .waterfall th, .waterfall td, .keys th, .keys td { white-space: normal; overflow-wrap: anywhere; }
  [data-label]::before { content: attr(data-label) ': '; color: var(--faint); }
  td[data-label]:empty { display: none; }
  .rows td.number, .rows td.nowrap, .reports td:nth-child(n + 3), .waterfall td:nth-child(-n + 3), .flight td:nth-child(-n + 4) { display: inline-block; margin-right: 1rem; }
  .keys th { width: 40%; }
  .verdict dl div { display: block; }
}
@media print { header, .filters, .toc, .strip, .skip, .fold:not([open]) { display: none; } .section { content-visibility: visible; border: 0; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media (forced-colors: active) { .bars path, .age rect { fill: CanvasText; } .age.active rect, .age rect.report { fill: Highlight; } }
`;
