// SPDX-License-Identifier: GPL-3.0-or-later
// The fixed parts of the tree page. The page's content security policy names these two by their hashes and
// allows nothing else, so that even a name that escaped the escaping could not run.
#ifndef SAMPLIT_TREE_PAGE_H
#define SAMPLIT_TREE_PAGE_H

#define SPL_PAGE_COLOURS 8 // classes v0 to v7

// One rule or two per line.
// clang-format off
static const char *const spl_page_style[] = {
    ":root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1c2127;--dim:#5b6570;--line:#e3e5e8;",
    "--hover:#f2f5f9;--focus:#1f6feb;--good:#13734b;--bad:#b3372c;--track:#e9ebee;",
    "--v0:#9aa3ad;--v1:#2f7fd1;--v2:#e0912a;--v3:#1f9e78;--v4:#c4659a;--v5:#b5a51e;--v6:#6a5acd;--v7:#d1582b}",
    "@media(prefers-color-scheme:dark){:root{--bg:#14171b;--card:#1b1f24;--ink:#e6e9ed;--dim:#9ba5b0;--line:#2d333a;",
    "--hover:#232931;--focus:#6cb0ff;--good:#5fcf9b;--bad:#ff8f82;--track:#2c323a;",
    "--v0:#6f7985;--v1:#559fe8;--v2:#e8a551;--v3:#3dbb94;--v4:#d98bb8;--v5:#cfc04a;--v6:#9488ea;--v7:#e57d55}}",
    "*{box-sizing:border-box}",
    "body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}",
    ".page{max-width:72rem;margin:0 auto;padding:2rem 1.25rem 4rem}",
    "h1{font-size:1.5rem;margin:0 0 .25rem;overflow-wrap:anywhere}",
    ".about{color:var(--dim);margin:0 0 1.25rem;overflow-wrap:anywhere}.about code{font-size:.85em}",
    ".facts{display:flex;flex-wrap:wrap;gap:.75rem;margin:0 0 1.25rem;padding:0}",
    ".facts div{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.55rem .9rem;min-width:7rem}",
    ".facts dt{color:var(--dim);font-size:.8rem}.facts dd{margin:0;font-size:1.2rem;font-weight:600;overflow-wrap:anywhere}",
    ".bar{display:flex;flex-wrap:wrap;gap:.6rem 1.5rem;align-items:center;margin:0 0 .75rem}",
    ".legend{display:flex;flex-wrap:wrap;gap:.3rem 1rem;list-style:none;margin:0;padding:0;flex:1}",
    ".legend li{display:flex;align-items:center;gap:.4rem;overflow-wrap:anywhere}",
    ".legend svg{width:.8rem;height:.8rem;border-radius:.2rem;flex:none}",
    "button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.45rem;padding:.3rem .75rem;cursor:pointer}",
    "button:hover{background:var(--hover)}:focus-visible{outline:2px solid var(--focus);outline-offset:-2px}",
    ".tree{background:var(--card);border:1px solid var(--line);border-radius:.7rem;overflow:hidden}",
    ".tree ul{list-style:none;margin:0;padding:0}",
    ".row{display:grid;grid-template-columns:minmax(13rem,1fr) 4rem 4.5rem 8.5rem 13rem 4.5rem;",
    "gap:0 1rem;align-items:center;padding:.45rem 1rem;border-top:1px solid var(--line)}",
    ".policy .row{grid-template-columns:minmax(13rem,1fr) 20rem}",
    ".head{border-top:0;color:var(--dim);font-size:.8rem}summary{cursor:pointer;list-style:none}",
    "summary::-webkit-details-marker{display:none}summary:hover{background:var(--hover)}",
    ".name{display:flex;flex-wrap:wrap;gap:.1rem .5rem;align-items:baseline;min-width:0;overflow-wrap:anywhere}",
    ".name::before{content:'';width:.8rem;flex:none}summary>.name::before{content:'\\25B8';color:var(--dim)}",
    "details[open]>summary>.name::before{content:'\\25BE'}",
    ".d1 .name{padding-left:1.3rem}.d2 .name{padding-left:2.6rem}.d3 .name{padding-left:3.9rem}.d4 .name{padding-left:5.2rem}",
    ".d5 .name{padding-left:6.5rem}.d6 .name{padding-left:7.8rem}.d7 .name{padding-left:9.1rem}",
    ".attribute{color:var(--dim);font-size:.85em}.value{font-weight:600}",
    ".chip{font-size:.75rem;border:1px solid var(--line);border-radius:1rem;padding:0 .5rem;color:var(--dim)}",
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.dim{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad)}",
    ".range{width:100%;height:1.1rem;display:block}.range line{stroke:var(--dim);stroke-width:2}.range circle{fill:var(--ink)}",
    ".range .all{stroke:var(--dim);stroke-width:1;opacity:.6;stroke-dasharray:3 3}",
    ".share{width:100%;height:.7rem;border-radius:.2rem;display:block;background:var(--track)}",
    ".served{display:grid;gap:.15rem;min-width:0}.served span{font-size:.85rem;overflow-wrap:anywhere}",
    ".fallback .value{font-weight:400}.fallback .share{opacity:.45}",
    ".v0{fill:var(--v0)}.v1{fill:var(--v1)}.v2{fill:var(--v2)}.v3{fill:var(--v3)}",
    ".v4{fill:var(--v4)}.v5{fill:var(--v5)}.v6{fill:var(--v6)}.v7{fill:var(--v7)}",
    ".note{color:var(--dim);font-size:.85rem}",
    "@media(max-width:56rem){.row,.policy .row{grid-template-columns:1fr auto auto;gap:.2rem .8rem}.head,.range{display:none}",
    ".visits::after{content:' visits';color:var(--dim)}.name{grid-column:1/-1}.served{grid-column:1/3;grid-row:3}.d1 .name{padding-left:.8rem}.d2 .name{padding-left:1.6rem}",
    ".d3 .name{padding-left:2.4rem}.d4 .name{padding-left:3.2rem}.n{text-align:left}.n+.n{text-align:right}.policy .served{grid-column:1/-1;grid-row:2}}",
    "@media print{button{display:none}}",
};
// clang-format on

static const char *const spl_page_script[] = {
    "for(const[id,open]of[['open',true],['close',false]])document.getElementById(id).addEventListener('click',()=>{",
    "for(const d of document.querySelectorAll('details'))d.open=open||d.matches('.root')});",
};

#endif
