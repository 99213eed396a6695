/** How the status page looks: one style sheet, without anything from outside. */

/** Colours of both schemes; a test holds text against its ground. */
export const PALETTE = {
  light: {
    ground: "#f3f5f8",
    card: "#ffffff",
    edge: "#d8dee6",
    text: "#17202c",
    muted: "#525e6e",
    link: "#1857b6",
    good: "#11693a",
    "good-ground": "#e4f4ea",
    warn: "#7d4b00",
    "warn-ground": "#fdf1d8",
    bad: "#a81c14",
    "bad-ground": "#fdeae8",
    calm: "#3d4a5c",
    "calm-ground": "#e9edf2",
    received: "#2a6fdb",
    delivered: "#11693a",
    spool: "#7a4fc0",
  },
  dark: {
    ground: "#0e1217",
    card: "#171d25",
    edge: "#2c3643",
    text: "#e7ecf2",
    muted: "#9eabba",
    link: "#86b7ff",
    good: "#62d394",
    "good-ground": "#12291d",
    warn: "#f2bd62",
    "warn-ground": "#2d2310",
    bad: "#ff948a",
    "bad-ground": "#361815",
    calm: "#b3bfcd",
    "calm-ground": "#202833",
    received: "#6ea8ff",
    delivered: "#62d394",
    spool: "#b795f5",
  },
} as const;

function variables(scheme: keyof typeof PALETTE): string {
  return Object.entries(PALETTE[scheme])
    .map(([name, colour]) => `--${name}:${colour}`).join(";");
}

/** The content of the page's one `<style>`. */
export const STYLE = `
:root{color-scheme:light dark;${variables("light")}}
@media (prefers-color-scheme:dark){:root{${variables("dark")}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Apple SD Gothic Neo",
"Malgun Gothic","Noto Sans KR","Noto Sans CJK KR",sans-serif;
font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
:lang(ko){word-break:keep-all}
h1,h2,p,dl,dd,figure{margin:0}
h1{font-size:1.25rem;line-height:1.3;overflow-wrap:anywhere}
h2{font-size:1rem;line-height:1.3}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
code{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;
overflow-wrap:anywhere}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.25rem .5rem}
.quiet{color:var(--muted);font-size:.875rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;
clip-path:inset(50%);white-space:nowrap}
.page{max-width:68rem;margin:0 auto;padding:1rem;display:grid;gap:1rem}
main{display:grid;gap:1rem;min-width:0}
.top{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline;
justify-content:space-between}
h1 span{color:var(--muted);font-weight:400}
.top nav a,.top nav b{display:inline-block;padding:.25rem .375rem}
.card{background:var(--card);border:1px solid var(--edge);border-radius:12px;
padding:1rem;min-width:0}
.card>h2{margin-bottom:.75rem}
.icon{width:1.125em;height:1.125em;flex:none;vertical-align:-.1875em}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
.calm{color:var(--calm)}
.line{border-left:6px solid currentColor;display:grid;gap:.75rem}
.line.good{background:var(--good-ground)}.line.warn{background:var(--warn-ground)}
.line.bad{background:var(--bad-ground)}.line.calm{background:var(--calm-ground)}
.line>*{color:var(--text)}
.line h2{font-size:1.375rem;display:flex;gap:.5rem;align-items:center;margin:0}
.line.good h2{color:var(--good)}.line.warn h2{color:var(--warn)}
.line.bad h2{color:var(--bad)}.line.calm h2{color:var(--calm)}
.line>*:not(h2){padding-left:2rem}
.alert{display:flex;gap:.5rem;align-items:flex-start;font-weight:600}
.alert .icon{margin-top:.1875em}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));
gap:.75rem 1.25rem}
.facts dt{color:var(--muted);font-size:.875rem}
.line .facts dt{color:var(--calm)}
.facts dd{overflow-wrap:anywhere}
.facts .wide{grid-column:1/-1}
.tiles{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:1rem}
.tile{padding:.875rem 1rem}
.tile dt{color:var(--muted);font-size:.875rem}
.tile dd{font-size:1.625rem;font-weight:650;line-height:1.25}
.tile dd+dd{font-size:.875rem;font-weight:400;line-height:1.4;color:var(--muted)}
.bar{display:block;width:100%;height:.875rem;border-radius:7px;margin:.375rem 0 1rem;
background:var(--calm-ground);border:1px solid var(--edge)}
.bar rect{fill:var(--spool)}
.plots{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1.25rem}
.plot figcaption{display:flex;flex-wrap:wrap;gap:0 1rem;font-size:.875rem;
margin-bottom:.375rem;justify-content:space-between}
.plot figcaption b{font-weight:600}
.keys{display:flex;flex-wrap:wrap;gap:0 1rem;color:var(--muted)}
.keys svg{width:1.5rem;height:.625rem;margin-right:.375rem}
.frame{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.25rem .5rem;
font-size:.75rem;color:var(--muted)}
.scale{display:flex;flex-direction:column;justify-content:space-between;
text-align:right;line-height:1;white-space:nowrap}
.frame svg{display:block;width:100%;height:9rem;overflow:visible}
.span{grid-column:2;display:flex;justify-content:space-between}
.grid{stroke:var(--edge);stroke-width:1;vector-effect:non-scaling-stroke}
.curve{fill:none;stroke-width:2;stroke-linejoin:round;
vector-effect:non-scaling-stroke}
.area{stroke:none;opacity:.18}
.received{stroke:var(--received)}.area.received{fill:var(--received)}
.delivered{stroke:var(--delivered);stroke-dasharray:5 4}
.spooled{stroke:var(--spool)}.area.spooled{fill:var(--spool)}
.pair{display:grid;align-items:start;grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem 2rem}
.pair>p{grid-column:1/-1}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
th,td{text-align:left;padding:.4375rem .5rem;border-bottom:1px solid var(--edge);
vertical-align:top}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
tbody tr:last-child>*{border-bottom:0}
thead th{color:var(--muted);font-size:.8125rem;font-weight:600;vertical-align:bottom}
tbody th{font-weight:400;overflow-wrap:anywhere}
.num{text-align:right;white-space:nowrap}
.senders tbody th{width:55%;font-weight:600}
.senders tbody th small{font-size:.8125rem;font-weight:400;color:var(--muted);
margin-left:.5rem}
.state{white-space:nowrap}
thead a{color:inherit;text-decoration:none;display:inline-block;padding:.25rem 0}
thead a:hover{text-decoration:underline}
thead [aria-sort] a{color:var(--text)}
.arrow{width:.625em;height:.625em;margin-left:.25em}
.bar-row{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center;
justify-content:space-between;margin-bottom:.5rem}
.counts{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;margin:0;padding:0}
form{display:flex;gap:.5rem;flex:0 1 20rem;min-width:0}
input{font:inherit;color:inherit;background:var(--ground);min-width:0;flex:1;
border:1px solid var(--muted);border-radius:8px;padding:.375rem .625rem}
::placeholder{color:var(--muted);opacity:1}
.copy{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
.copy code{flex:1 1 20rem;min-width:0}
button{font:inherit;color:inherit;background:var(--calm-ground);cursor:pointer;
border:1px solid var(--muted);border-radius:8px;padding:.375rem .75rem}
#stale{position:sticky;top:0;z-index:1;background:var(--warn-ground);
border-color:var(--warn);color:var(--warn);font-weight:600}
@media (max-width:44rem){
.page{padding:.75rem;gap:.75rem}main{gap:.75rem}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:.75rem}
.tile dd{font-size:1.375rem}
.plots,.pair{grid-template-columns:minmax(0,1fr)}
.line>*:not(h2){padding-left:0}
.line h2{font-size:1.1875rem;align-items:flex-start}
.line h2 .icon{margin-top:.25em}
table{font-size:.875rem}
thead th{font-size:.75rem}
th,td{padding:.4375rem .25rem}
.senders .state span{position:absolute;width:1px;height:1px;overflow:hidden;
clip-path:inset(50%)}
.senders td.state{text-align:center}
.senders tbody th small{display:block;margin:0}
.senders th,.senders td{white-space:normal}
form{flex:1 1 100%}
}
`;
