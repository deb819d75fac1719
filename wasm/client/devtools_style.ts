// SPDX-License-Identifier: MIT
// What the panel looks like: the system's font and colours, light and dark; a sheet at the right, on narrow screens at the foot.
export const sheetText = `
:host { all: initial; color-scheme: light dark; }
section {
  position: fixed; inset: 12px 12px 12px auto; width: 380px; max-width: calc(100vw - 24px); box-sizing: border-box;
  overflow: auto; z-index: 2147483647; padding: 0 16px 16px; border-radius: 10px; border: 1px solid #8886;
  font: 13px/1.45 system-ui, sans-serif; color: light-dark(#1b1f24, #e8eaed); background: light-dark(#fff, #1b1e23);
  box-shadow: 0 8px 32px #0004;
}
header { position: sticky; top: 0; display: flex; justify-content: space-between; align-items: center; padding: 12px 0 8px; background: inherit; }
h2, h3 { margin: 0; font-weight: 600; }
h2 { font-size: 16px; }
h3 { font-size: 14px; overflow-wrap: anywhere; }
article { margin-top: 12px; padding-top: 12px; border-top: 1px solid #8884; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; margin: 6px 0; }
dt { color: light-dark(#57606a, #a3aab2); }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: 12px ui-monospace, monospace; }
table { width: 100%; border-collapse: collapse; margin: 6px 0; }
caption { text-align: left; color: light-dark(#57606a, #a3aab2); }
th { text-align: left; font-weight: normal; padding-right: 8px; overflow-wrap: anywhere; }
td:last-child { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; padding-left: 8px; }
.served th, .served td { font-weight: 600; }
td:nth-child(2) { width: 60%; }
meter { width: 100%; height: 12px; display: block; }
label { display: flex; align-items: center; gap: 8px; }
.acts { display: flex; flex-wrap: wrap; gap: 6px; margin: 8px 0 0; }
button, select {
  font: inherit; color: inherit; min-height: 28px; padding: 2px 10px; border-radius: 6px;
  border: 1px solid light-dark(#8c959f, #6b737c); background: light-dark(#f6f8fa, #2a2e35);
}
select { flex: 1; min-width: 0; }
:focus-visible { outline: 2px solid light-dark(#0a58ca, #7db3ff); outline-offset: 2px; }
@media (max-width: 600px) { section { inset: auto 8px 8px 8px; width: auto; max-height: 60vh; } }
`;
