/** The viewer's style sheet. Nothing is said by colour alone; light or dark follows the reader's system. */
export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --faint: #777; --mark: #b3261e; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --faint: #999; --mark: #ff8a80; --link: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; padding: .75rem 1.25rem;
  border-bottom: 1px solid var(--line); }
h1 { font-size: 1.1rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
main { padding: 1rem 1.25rem 3rem; }
a { color: var(--link); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
form { display: flex; gap: .5rem; margin-left: auto; }
input, button { font: inherit; padding: .2rem .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--faint); font-weight: 500; white-space: nowrap; }
td.nowrap { white-space: nowrap; }
nav code { overflow-wrap: anywhere; }
code, pre { font: 12.5px/1.5 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
td code { overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.faint { color: var(--faint); }
.mark { color: var(--mark); font-weight: 600; }
.report { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 1.5rem; }
nav { position: sticky; top: 1rem; align-self: start; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { padding: .15rem 0; }
section { border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; margin: 0 0 1rem; }
@media (max-width: 50rem) { .report { grid-template-columns: minmax(0, 1fr); } nav { position: static; } }
`;
