/** How the report looks: one style sheet, light and dark, and no font or picture from elsewhere. */

export const STYLE = `
:root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1c1917;--soft:#57534e;--rule:#e2ded7;--trouble:#f0ebe3;--classic:#b45309;--relais:#0f6e66;--good:#15653a;--bad:#b42318}
@media (prefers-color-scheme:dark){:root{--paper:#171614;--card:#211f1c;--ink:#f3f0ea;--soft:#b6afa6;--rule:#3a3631;--trouble:#2c2925;--classic:#f6a23c;--relais:#4fd1c0;--good:#6fd69a;--bad:#ff9a8d}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main,header,footer{max-width:1040px;margin:0 auto;padding:0 24px}
header{padding-top:28px}
h1{font-size:34px;line-height:1.15;margin:0 0 8px;letter-spacing:-.015em}
h2{font-size:20px;margin:0 0 2px}
h3{font-size:15px;margin:0}
p{margin:0}
.lead{font-size:17px;color:var(--soft);max-width:72ch}
.help{color:var(--soft);font-size:14px;margin-bottom:6px;max-width:90ch}
.events{list-style:none;padding:0;margin:12px 0 0;font-size:14.5px;display:flex;flex-wrap:wrap;gap:2px 22px}
.sides{display:grid;grid-template-columns:1fr 1fr;gap:20px;margin:24px 0}
.card{background:var(--card);border:1px solid var(--rule);border-radius:14px;padding:18px 20px;margin:0 0 20px}
.sides .card{margin:0;border-top:5px solid}
.card.classic{border-top-color:var(--classic)}.card.relais{border-top-color:var(--relais)}
.sides h2{font-size:22px}
.classic h2,.key .classic{color:var(--classic)}.relais h2,.key .relais{color:var(--relais)}
.big{display:grid;grid-template-columns:repeat(auto-fit,minmax(12.5em,1fr));gap:12px 20px;margin:14px 0 6px;min-height:90px}
.big div{font-size:13px;line-height:1.3;color:var(--soft)}
.big b{display:block;font-size:23px;line-height:1.25;color:var(--ink);font-variant-numeric:tabular-nums;letter-spacing:-.01em;white-space:nowrap}
svg{display:block;width:100%;height:auto}
.grid{stroke:var(--rule);stroke-width:1}
.tick{fill:var(--soft);font-size:12px}
.trouble{fill:var(--trouble)}
.back{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:4 4}
.line{fill:none;stroke-width:2.2;stroke-linejoin:round}
.line.classic{stroke:var(--classic);stroke-dasharray:7 3}
.line.relais{stroke:var(--relais)}
.area{opacity:.2}.area.classic{fill:var(--classic)}.area.relais{fill:var(--relais)}
.key{display:flex;gap:20px;font-size:14px;font-weight:600;margin:4px 0 2px;list-style:none;padding:0}
.key svg{display:inline;width:34px;height:10px;margin-right:6px}
.smalls{display:grid;grid-template-columns:repeat(3,1fr);gap:14px 18px;margin-top:10px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:15px;font-variant-numeric:tabular-nums}
th,td{text-align:right;min-width:6.5em;padding:7px 10px;border-bottom:1px solid var(--rule);vertical-align:top}
th:first-child{text-align:left;font-weight:400}
thead th{font-weight:600}thead th:first-child{font-weight:600}
tbody.asked th:first-child{font-weight:600}
.good{color:var(--good)}.bad{color:var(--bad)}
td{white-space:nowrap}td small{display:block;font-size:12.5px}
.notes p{margin:0 0 10px;color:var(--soft);font-size:14.5px;max-width:90ch}
.stands{columns:2;column-gap:28px;font-size:14px;padding-left:18px;margin:6px 0;overflow-wrap:anywhere}
.switch{border:0;padding:0;margin:0 0 14px;font-size:14px;color:var(--soft)}
.switch label{padding:2px 8px;cursor:pointer;border-radius:6px}
.switch legend{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.switch input{accent-color:var(--relais)}
.switch input:focus-visible{outline:2px solid var(--relais);outline-offset:2px}
body:has(#in-en:checked) [lang=fr]:not(.switch *){display:none}
body:has(#in-fr:checked) [lang=en]:not(.switch *){display:none}
footer{color:var(--soft);font-size:13.5px;padding-bottom:36px}
@media (max-width:760px){.sides,.smalls{grid-template-columns:1fr}.stands{columns:1}h1{font-size:27px}}
@media print{.switch{display:none}.card{break-inside:avoid}}
`.trim();
