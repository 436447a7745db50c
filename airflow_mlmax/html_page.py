"""The frame of reports that people read: one page that needs nothing else, no network, no script."""

from html import escape

_STYLE = """
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b2430;--soft:#5a6675;--rule:#e1e6ec;--blue:#3769c8;--fill:#8fb0ea;--line:#d9730d;
--crit:#b3261e;--warn:#8a5a00;--info:#3f5468;--critbg:#fdecea;--warnbg:#fff4dc;--infobg:#eaf0f6;--good:#1d7a46}
@media(prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1a2029;--ink:#e4e9f0;--soft:#98a5b5;--rule:#2b3440;--blue:#7ea6f4;--fill:#41669f;--line:#f0a04b;
--crit:#ff8a80;--warn:#f2c14e;--info:#a9bdd2;--critbg:#3b1d1c;--warnbg:#352a12;--infobg:#212c38;--good:#6fcf97}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:76rem;margin:0 auto;padding:2rem 1.25rem 4rem}a{color:var(--blue);text-decoration:none}a:hover{text-decoration:underline}
h1{font-size:1.6rem;line-height:1.25;margin:0;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2.5rem 0 .75rem}h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
p{margin:.25rem 0 .75rem;max-width:60rem}.s{color:var(--soft);overflow-wrap:anywhere}small{color:var(--soft)}
code{font:.88em ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin-top:1.25rem}
.tiles div,section.c,article{background:var(--card);border:1px solid var(--rule);border-radius:.6rem}.tiles div{padding:.6rem .9rem}
.tiles b{display:block;font-size:1.25rem;font-weight:600}.tiles span{color:var(--soft);font-size:.85rem}
section.c{padding:.25rem 1rem;overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--rule);vertical-align:middle}tr:last-child>*{border-bottom:0}
th{font-weight:600;color:var(--soft);font-size:.85rem;white-space:nowrap}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
ul.w{list-style:none;margin:0;padding:0;display:grid;gap:.4rem}ul.w li{border-left:4px solid;border-radius:.3rem;padding:.4rem .75rem}
.w b{font-weight:600}.w .k{font-size:.8rem;opacity:.85;float:right;margin-left:1rem}
.critical{background:var(--critbg);border-color:var(--crit)!important}.critical .k{color:var(--crit)}.warning{background:var(--warnbg);border-color:var(--warn)!important}
.warning .k{color:var(--warn)}.info{background:var(--infobg);border-color:var(--info)!important}.info .k{color:var(--info)}
.t{font-size:.75rem;font-weight:500;color:var(--soft);border:1px solid var(--rule);border-radius:1rem;padding:.05rem .5rem;margin-left:.4rem;white-space:nowrap}
.t.critical{color:var(--crit)}.t.warning{color:var(--warn)}
.m{display:inline-block;width:5rem;height:.5rem;background:var(--rule);border-radius:.25rem;overflow:hidden;vertical-align:middle;margin-right:.5rem}
.m b{display:block;height:100%;background:var(--fill)}.m.p b{background:var(--blue)}.m.hot b{background:var(--crit)}.m.y b{background:var(--line)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(34rem,100%),1fr));gap:1rem}article{padding:.9rem 1rem;min-width:0}
.g{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:1rem;margin-top:.5rem;align-items:start}.g.one{grid-template-columns:1fr}
@media(max-width:40rem){.g{grid-template-columns:1fr}}
.g td,.g th{padding:.12rem .2rem;font-size:.84rem;border:0;font-weight:400;white-space:normal}
.g td.n{white-space:nowrap}.g table{width:100%}figure{margin:0}.v .m{width:3.5rem}td.w .m{width:100%}
.q{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.5rem;margin-top:.6rem;border-top:1px solid var(--rule);padding-top:.4rem;font-size:.8rem;font-variant-numeric:tabular-nums}
.q div{white-space:nowrap}.q span{display:block;color:var(--soft);font-size:.72rem}.q div:last-child{text-align:right}
svg.h{display:block;width:100%;height:5.2rem;border-bottom:1px solid var(--soft)}td svg.h{height:1.7rem;width:8rem;border:0}
.b{fill:var(--fill)}.l{fill:none;stroke:var(--line);stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.a{display:flex;justify-content:space-between;font-size:.78rem;color:var(--soft);font-variant-numeric:tabular-nums}.o{color:var(--line);font-size:.78rem}
.v td:first-child{max-width:9rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.x text{font:11px system-ui,sans-serif;fill:var(--ink)}.p1,.p2,.p3,.p4,.p5{fill:var(--blue)}.n1,.n2,.n3,.n4,.n5{fill:var(--crit)}
.p1,.n1{opacity:.14}.p2,.n2{opacity:.3}.p3,.n3{opacity:.5}.p4,.n4{opacity:.75}
.r{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}.r>*{flex:1 1 24rem;min-width:0}dl{margin:0}dt{font-weight:600;margin-top:.6rem}dd{margin:0;color:var(--soft)}
@media print{body{background:#fff}article{break-inside:avoid}}
"""
"""Readable in light and in dark, on paper and on a telephone."""


def framed(title: str, body: str, style: str = "") -> str:
    """A whole page.

    :param title: text of the window's title
    :param body: HTML, with every text of others already escaped
    :param style: CSS beside the common one
    """
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}{style}</style></head><body><main>{body}</main></body></html>\n"
    )
