"""What a client of OpenAI's API expects, checked with the official package against any address.

`python -m tests.openai_checks` starts nano and a tiny Intern-S1-Pro and runs all checks against both;
`python -m tests.openai_checks URL MODEL` runs them against a server that is up.
"""
