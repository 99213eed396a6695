/** How the report looks, on the screen and on A4. */
export const REPORT_STYLE = `
@page { size: A4; margin: 14mm; }
* { box-sizing: border-box; }
body { margin: 0; background: #eef1f4; color: #1d2733; print-color-adjust: exact;
  -webkit-print-color-adjust: exact;
  font: 10pt/1.5 "Pretendard", "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", system-ui, sans-serif; }
main { width: 210mm; max-width: 100%; margin: 8mm auto; padding: 16mm 14mm; background: #fff; }
header { border-bottom: 2px solid #1f4e79; padding-bottom: 3mm; }
h1 { margin: 0; font-size: 20pt; color: #1f4e79; }
h2 { margin: 6mm 0 1.5mm; font-size: 12pt; color: #1f4e79; break-after: avoid; }
p { margin: 1mm 0; }
.who { font-size: 13pt; }
.provisional { margin: 4mm 0; padding: 2mm 3mm; background: #fff6df; border-left: 3px solid #d99a00; }
.figures { display: flex; gap: 4mm; margin-top: 5mm; }
.figures div { flex: 1; padding: 3mm; border: 1px solid #d5dce3; border-radius: 2mm; }
.figures span { display: block; color: #5b6875; font-size: 9pt; }
.figures b { font-size: 16pt; font-variant-numeric: tabular-nums; }
.figures i { margin-left: 2mm; font-style: normal; }
table { width: 100%; border-collapse: collapse; font-size: 9pt; }
caption { text-align: left; font-weight: 600; padding-bottom: 1mm; }
th { text-align: left; color: #5b6875; font-weight: 600; border-bottom: 1px solid #9aa7b4; padding: 1mm 2mm; }
td { border-bottom: 1px solid #e3e8ed; padding: 1mm 2mm; overflow-wrap: anywhere; }
tr { break-inside: avoid; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.good { color: #1a7f4b; } .bad { color: #b3261e; font-weight: 600; }
#servers th:nth-child(n+2):nth-child(-n+5), #outages th:last-child { text-align: right; }
.top td:first-child { white-space: nowrap; }
svg { display: block; } rect.good { fill: #5cb88a; } rect.bad { fill: #d9534f; }
.top { display: grid; grid-template-columns: repeat(3, 1fr); gap: 5mm; }
footer { margin-top: 8mm; color: #5b6875; font-size: 8.5pt; border-top: 1px solid #d5dce3; padding-top: 2mm; }
@media print { body { background: none; } main { width: auto; margin: 0; padding: 0; } }
`;
