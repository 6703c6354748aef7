/** The style sheet of every page: light, dark, narrow, and on paper. */
import { createHash } from 'node:crypto';
import { FONT_FAMILY, fontFaces } from './font.js';
import { once } from './once.js';
import { DARK, LIGHT, variablesOf } from './look.js';

const SCREEN = `
*{box-sizing:border-box}
html{font-family:${FONT_FAMILY};-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font-size:1rem;line-height:1.6;font-feature-settings:"calt"}
main,footer,body>header{max-width:62rem;margin:0 auto;padding:1.5rem 1.25rem}
body>header{padding-bottom:0;font-size:.875rem}
body>header a,body>header span{margin-right:1.25rem}
body>header span{color:var(--quiet)}
body>header nav+nav{margin-top:.5rem}
h1,h2,h3{line-height:1.25;font-weight:600;text-wrap:balance}
h1{font-size:1.875rem;letter-spacing:-.018em;margin:.5rem 0 1rem}
h2{font-size:1.25rem;letter-spacing:-.01em;margin:2.75rem 0 .5rem}
h3{font-size:1rem;margin:2rem 0 .5rem}
p,ul,ol,blockquote{max-width:44rem}
li{margin:.3rem 0}
strong,th{font-weight:600}
a{color:var(--accent);text-underline-offset:.15em}
code,pre{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{overflow-x:auto;padding:.75rem 1rem;border:1px solid var(--line);border-radius:6px;margin:.5rem 0}
blockquote{margin:1.25rem 0;padding:.6rem 1rem;border-left:3px solid var(--c2);background:color-mix(in srgb,var(--c2) 7%,var(--paper))}
blockquote p{margin:0}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-100vw;top:.5rem;background:var(--paper);padding:.4rem .8rem;z-index:1}
.skip:focus{left:.5rem}
figure{margin:2rem 0}
figcaption{color:var(--quiet);font-size:.9375rem;line-height:1.5;max-width:44rem;margin-bottom:.75rem}
figcaption strong{display:block;color:var(--ink);font-size:1rem}
.chart{overflow-x:auto;padding:.25rem 0}
.chart svg{display:block;height:auto;max-width:100%;font-family:${FONT_FAMILY}}
.chart svg.wide{min-width:37rem}
.nothing{color:var(--quiet);border:1px dashed var(--line);border-radius:6px;padding:.75rem 1rem;margin:.75rem 0;max-width:44rem}
.scroll{overflow-x:auto;margin:1.5rem 0}
table{border-collapse:collapse;font-size:.9375rem;line-height:1.45;width:100%;border-bottom:1px solid var(--quiet)}
caption{text-align:left;color:var(--quiet);padding-bottom:.6rem;line-height:1.5}
caption span{display:block;position:sticky;left:0;max-width:min(44rem,calc(100vw - 2rem))}
th,td{text-align:left;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
thead th{border-top:1px solid var(--quiet);border-bottom:1px solid var(--quiet);vertical-align:bottom}
tbody tr:last-child>*{border-bottom:0}
tbody th{font-weight:400}
.number{text-align:right;font-variant-numeric:tabular-nums;padding:.4rem 0 .4rem .75rem;white-space:nowrap}
.long{white-space:normal}
.number+:not(.number){padding-left:1.5rem}
.centred{text-align:center}
table.data{font-size:.8125rem;font-variant-numeric:tabular-nums;width:auto}
table.data th,table.data td{padding:.2rem 1.25rem .2rem 0}
details{margin-top:.5rem;color:var(--quiet);font-size:.875rem}
details .scroll{margin:.5rem 0;max-height:24rem;overflow-y:auto}
summary{cursor:pointer;width:fit-content}
.broken{color:var(--warn);border:1px solid var(--warn);border-radius:6px;padding:.6rem 1rem;margin:1.5rem 0}
.broken p{margin:0;overflow-wrap:anywhere;max-width:none}
.broken pre{color:var(--ink)}
span.broken{padding:.1rem .4rem;margin:0}
form{max-width:44rem}
label{display:block;margin:.75rem 0 .25rem;font-weight:600}
label span{display:block;font-weight:400;color:var(--quiet);font-size:.875rem}
input,select,button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--quiet);border-radius:6px;padding:.45rem .7rem;max-width:100%}
input,select{width:26rem}
button{display:block;margin-top:1rem;cursor:pointer;font-weight:600;color:var(--paper);background:var(--accent);border-color:var(--accent)}
footer{color:var(--quiet);font-size:.8125rem;border-top:1px solid var(--line);margin-top:2.5rem}
@media (max-width:40rem){h1{font-size:1.5rem}h2{font-size:1.1875rem}main,footer,body>header{padding-left:1rem;padding-right:1rem}.scroll>table:not(.data){min-width:34rem}}
`;

const PAPER = `
@media print{
@page{size:A4;margin:16mm 15mm 18mm;@bottom-right{content:counter(page) " / " counter(pages);font:8.5pt ${FONT_FAMILY};color:${LIGHT.quiet}}}
html{font-size:9.75pt}
body{line-height:1.45;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main,footer{padding:0;max-width:none}
body>header,.skip,details:not([open]),summary{display:none}
caption span{position:static;max-width:none}
h1,h2,h3,figcaption,caption{break-after:avoid}
p,li,blockquote{orphans:3;widows:3}
figure,blockquote,tr,.broken{break-inside:avoid}
thead{display:table-header-group}
.chart,.scroll,pre,details .scroll{overflow:visible;max-height:none}
.chart svg,.chart svg.wide{min-width:0;max-width:100%}
table,.scroll>table:not(.data){font-size:8.5pt;min-width:0}
td{overflow-wrap:break-word}
a{color:inherit}
}
`;

/** Dark is for screens: paper is white. */
export const styleSheet = once(() =>
  `${fontFaces()}:root{color-scheme:light dark;${variablesOf(LIGHT)}}@media screen and (prefers-color-scheme:dark){:root{${variablesOf(DARK)}}}${SCREEN}${PAPER}`.replaceAll(
    '\n',
    '',
  ),
);

/** As a Content-Security-Policy names it. */
export const styleHash = once(() => `sha256-${createHash('sha256').update(styleSheet()).digest('base64')}`);
