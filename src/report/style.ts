/** The style of the HTML report: light and dark, on paper black on white. Colours of charts are chosen by meaning: blue waits for people, orange does not. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2126; --soft: #5a646e; --line: #d4d9de; --back: #ffffff; --wash: #f4f6f8;
  --read_only: #16324f; --gated_all: #2c6cb0; --gated_send: #7db3e2; --monitored: #f0b240; --autonomous: #d4631f; --unknown: #9aa3ab;
  --good: #2c6cb0; --bad: #d4631f; --edit: #8a63b0; --idle: #9aa3ab; --plain: #2c6cb0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ec; --soft: #a3adb6; --line: #3a424a; --back: #14181c; --wash: #1d2329;
    --read_only: #50708f; --gated_all: #3f86cf; --gated_send: #9ac8f0; --monitored: #f2bd5c; --autonomous: #e57f3e; --unknown: #76808a;
    --good: #3f86cf; --bad: #e57f3e; --edit: #a98bd0; --idle: #76808a; --plain: #3f86cf; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 64rem; background: var(--back); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.75rem; padding-top: 0.75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.75rem 0 0.5rem; }
p { max-width: 48rem; margin: 0.5rem 0; }
a { color: inherit; }
code { font: 0.9em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.notice { border-left: 0.3rem solid var(--soft); background: var(--wash); padding: 0.6rem 0.9rem; max-width: 48rem; }
.notice.good { border-color: var(--good); }
.notice.bad { border-color: var(--bad); font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: 0.75rem; margin: 1rem 0; padding: 0; }
.facts div { background: var(--wash); padding: 0.6rem 0.8rem; }
.facts dt { color: var(--soft); font-size: 0.85rem; }
.facts dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; margin: 0.75rem 0 1.25rem; }
table { border-collapse: collapse; font-size: 0.9rem; width: 100%; }
caption { text-align: left; font-weight: 600; padding: 0.25rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem 0.3rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
td code { display: inline-block; min-width: 6rem; max-width: 22rem; }
.narrow table { width: auto; min-width: min(100%, 28rem); }
.n { text-align: right; font-variant-numeric: tabular-nums; }
td.n, td.d { white-space: nowrap; font-variant-numeric: tabular-nums; }
.items td:nth-child(1) { white-space: nowrap; }
.items td:nth-child(2) { width: 30%; }
.items td:nth-child(3) { white-space: nowrap; }
.none { color: var(--soft); }
figure { margin: 1rem 0; }
figcaption { font-weight: 600; font-size: 0.95rem; margin-bottom: 0.25rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; padding: 0; margin: 0 0 0.25rem; font-size: 0.85rem; color: var(--soft); }
.legend svg { width: 0.8rem; height: 0.8rem; margin-right: 0.35rem; vertical-align: -0.05rem; }
.chart { display: block; width: 100%; min-width: 34rem; max-width: 52rem; height: auto; }
.chart text { fill: var(--soft); font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
.chart .grid { stroke: var(--line); stroke-width: 1; }
.chart .axis { stroke: var(--soft); stroke-width: 1; }
.t-read_only { fill: var(--read_only); } .t-gated_all { fill: var(--gated_all); } .t-gated_send { fill: var(--gated_send); }
.t-monitored { fill: var(--monitored); } .t-autonomous { fill: var(--autonomous); } .t-unknown { fill: var(--unknown); }
.t-good { fill: var(--good); } .t-bad { fill: var(--bad); } .t-edit { fill: var(--edit); } .t-idle { fill: var(--idle); } .t-plain { fill: var(--plain); }
.chart rect { stroke: var(--back); stroke-width: 0.75; }
nav ul { columns: 2; padding-left: 1.2rem; }
@media print {
  :root { --ink: #000; --soft: #333; --line: #bbb; --back: #fff; --wash: #fff;
    --read_only: #16324f; --gated_all: #2c6cb0; --gated_send: #7db3e2; --monitored: #f0b240; --autonomous: #d4631f; --unknown: #9aa3ab;
    --good: #2c6cb0; --bad: #d4631f; --edit: #8a63b0; --idle: #9aa3ab; --plain: #2c6cb0; }
  body { max-width: none; padding: 0; font-size: 9.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .wide { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td { padding-right: 0.35rem; }
  td code { min-width: 0; }
  .chart { min-width: 0; }
  figure, tr, .notice, .facts div { break-inside: avoid; }
  h2, h3, caption, figcaption { break-after: avoid; }
  nav { display: none; }
}
`;
