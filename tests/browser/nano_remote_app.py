"""app.py with nano's five tools and its way of answering, for a server that runs nano: nano knows no others.

python -m tests.browser.nano_remote_app --engine-url URL ...
"""

import sys

import app

app.CATALOGUE = app.NANO_CATALOGUE
app.SAMPLING = app.NANO_SAMPLING

if __name__ == "__main__":
    sys.exit(app.main())
