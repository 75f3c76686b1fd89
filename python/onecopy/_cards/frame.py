"""The frame of a card, its style, and a page that holds one.

A card takes the colours of the notebook that it is in. The colours of bars have enough contrast on
light and on dark grounds, so that it does not matter where the style is dropped.
"""

from collections.abc import Iterable

from onecopy._render import escaped

FILLED, MISSING, QUIET = "#0b84c6", "#d9541a", "#808080"

_STYLE = """<style>
.oc-card{color:var(--jp-ui-font-color1,var(--vscode-foreground,inherit));
background:var(--jp-layout-color1,var(--vscode-editor-background,transparent));
border:1px solid #8886;border-radius:6px;padding:10px 14px;max-width:76em;
box-sizing:border-box;font:13px/1.5 system-ui,sans-serif;text-align:left}
.oc-card .oc-title{font-weight:600;font-size:1.1em}
.oc-card ul.oc-facts{list-style:none;margin:4px 0 8px;padding:0}
.oc-card ul.oc-facts li{display:inline-block;margin:0 1.2em 0 0}
.oc-card table{border-collapse:collapse;margin:6px 0;font-size:12px;width:auto;
color:inherit;background:none;border:0;display:table;table-layout:auto}
.oc-card th,.oc-card td{padding:1px 8px 1px 0;border:0;text-align:right;color:inherit;
background:none;vertical-align:middle;font-variant-numeric:tabular-nums}
.oc-card th:first-child,.oc-card td:first-child{text-align:left;overflow-wrap:anywhere;
min-width:13ch}
.oc-card tbody tr{background:none}
.oc-card th{font-weight:600;white-space:nowrap;border-bottom:1px solid #8886}
.oc-card dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1em;margin:6px 0}
.oc-card dt{font-weight:600;margin:0;padding:0}
.oc-card dd{margin:0;padding:0;overflow-wrap:anywhere}
.oc-card p{margin:4px 0}
.oc-card svg{display:block;max-width:100%}
.oc-card .oc-key{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border-radius:2px}
.oc-card .oc-keys span{margin-right:1.2em;white-space:nowrap}
@media(max-width:36em){.oc-card .oc-wide{display:none}.oc-card{padding:8px}}
</style>"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title>
<style>
:root{{color-scheme:light dark}}
body{{margin:1rem;background:#fff;color:#1f2328}}
@media(prefers-color-scheme:dark){{body{{background:#0d1117;color:#e6edf3}}}}
</style>
</head>
<body><main><h1 style="font:600 1.2rem system-ui,sans-serif">{title}</h1>{body}</main></body>
</html>
"""


def card(title: str, facts: Iterable[str], body: str) -> str:
    """Frame a body of HTML."""
    listed = "".join(f"<li>{escaped(fact)}</li>" for fact in facts)
    return (
        f'{_STYLE}<div class="oc-card"><div class="oc-title">{escaped(title)}</div>'
        f'<ul class="oc-facts">{listed}</ul>{body}</div>'
    )


def page(title: str, body: str) -> str:
    """Make a page of its own."""
    return _PAGE.format(title=escaped(title), body=body)


def keys(named: Iterable[tuple[str, str]]) -> str:
    """Explain colours: each with its words."""
    spans = "".join(
        f'<span><i class="oc-key" style="background:{colour};'
        f'border:1px solid {QUIET}"></i>{escaped(words)}</span>'
        for colour, words in named
    )
    return f'<p class="oc-keys">{spans}</p>'


def notes(lines: Iterable[str]) -> str:
    """Show lines of text."""
    return "".join(f"<p>{escaped(line)}</p>" for line in lines)
