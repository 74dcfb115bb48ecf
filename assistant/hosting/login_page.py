"""The pages for logging in and out: forms without any script."""

from html import escape

from assistant.ui.strings import Words

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 Inter, system-ui, "Noto Sans SC", "PingFang SC", sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #fbfaf8; color: #1c1917; }
form { width: min(20rem, calc(100vw - 3rem)); display: grid; gap: 1rem; }
h1 { margin: 0 0 .5rem; font-size: 1.35rem; font-weight: 600; }
label { display: grid; gap: .25rem; font-size: .9rem; }
input, button { font: inherit; padding: .6rem .75rem; border-radius: .5rem; border: 1px solid #78716c; }
input { background: #fff; color: inherit; }
button { background: #0f766e; border-color: #0f766e; color: #fff; cursor: pointer; }
input:focus-visible, button:focus-visible { outline: 3px solid #14b8a6; outline-offset: 2px; }
p { margin: 0; color: #b91c1c; }
@media (prefers-color-scheme: dark) {
  body { background: #171614; color: #ece8df; }
  input { background: #24221f; }
  p { color: #fca5a5; }
}
"""


def login_page(words: Words, query: str, problem: str = "", name: str = "") -> str:
    """query: what the address had that is gone to after the login; problem: why the last try was refused."""
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    form = (
        f'<form method="post" action="login"><h1>{escape(words("log_in_title"))}</h1>{alert}'
        f"<label>{escape(words('person_name'))}"
        f'<input name="name" value="{escape(name)}" required autofocus maxlength="64" autocomplete="username" '
        'autocapitalize="none" spellcheck="false"></label>'
        f"<label>{escape(words('password'))}"
        '<input name="password" type="password" required autocomplete="current-password"></label>'
        f'<input type="hidden" name="query" value="{escape(query)}">'
        f"<button>{escape(words('log_in'))}</button></form>"
    )
    return _page(words("log_in_title"), form)


def logout_page(words: Words) -> str:
    form = (
        f'<form method="post" action="logout"><h1>{escape(words("log_out_title"))}</h1>'
        f"<button autofocus>{escape(words('log_out'))}</button></form>"
    )
    return _page(words("log_out_title"), form)


def _page(title: str, body: str) -> str:
    """The guard puts the reader's language in place of "en"."""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        '<link rel="icon" href="favicon.ico">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
