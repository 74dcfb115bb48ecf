"""Texts that would run a script or load something from elsewhere, if any of them were ever taken for markup.

In SCRIPTS, RUN stands for a call that the test would notice; in BEACONS, URL for an address that counts its visitors.
"""

SCRIPTS = (
    "<script>RUN</script>",
    "<img src=x onerror=RUN>",
    "<svg onload=RUN></svg>",
    "<svg><script>RUN</script></svg>",
    "<svg><animate onbegin=RUN attributeName=x dur=1s></svg>",
    '<iframe srcdoc="<script>parent.RUN</script>"></iframe>',
    '<iframe src="javascript:parent.RUN"></iframe>',
    '<object data="data:text/html,<script>parent.RUN</script>"></object>',
    '<embed src="data:image/svg+xml,<svg onload=RUN>">',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=RUN&gt;'>",
    '<noscript><p title="</noscript><img src=x onerror=RUN>"></noscript>',
    "<details open ontoggle=RUN>x</details>",
    "<video><source onerror=RUN></video>",
    "<audio src=x onerror=RUN></audio>",
    "<input autofocus onfocus=RUN>",
    "<body onload=RUN>",
    "<style>@keyframes x{}</style><p style='animation-name:x' onanimationstart=RUN>x</p>",
    "<a href='javascript:RUN'>inert</a>",
    "[inert](javascript:RUN)",
    "[inert](JaVaScRiPt:RUN 'title')",
    "[inert](data:text/html;base64,PHNjcmlwdD5SVU48L3NjcmlwdD4=)",
    "<javascript:RUN>",
    '![x](x"onerror="RUN)',
    "`</code><img src=x onerror=RUN>`",
    "$$\\href{javascript:RUN}{inert}$$",
    "\\(\\htmlData{x=<img src=x onerror=RUN>}{y}\\)",
    '\n```mermaid\ngraph TD; A["<img src=x onerror=RUN>"] --> B; click A "javascript:RUN"\n```\n',
    "\n```html\n<img src=x onerror=RUN>\n```\n",
    "${RUN} {{constructor.constructor('RUN')()}} <%= RUN %>",
    "<form id=attachments name=sciview><input name=h><button formaction='javascript:RUN'>inert</button></form>",
    "<base href='javascript:RUN//'><meta http-equiv=refresh content='0;url=javascript:RUN'>",
)
BEACONS = (
    "![x](URL)",
    "![x][far] \n\n[far]: URL",
    "<img src='URL'>",
    "<picture><source srcset='URL'><img src='URL'></picture>",
    "<video src='URL' poster='URL' autoplay></video><audio src='URL' autoplay></audio>",
    "<svg><image href='URL'/><use href='URL#x'/></svg>",
    "<p style='background:url(URL)'>x</p><style>@import 'URL';</style>",
    "<link rel=stylesheet href='URL'><link rel=prefetch href='URL'><iframe src='URL'></iframe>",
    "<form action='URL' method=post><input autofocus></form> $$\\includegraphics{URL}$$",
)
