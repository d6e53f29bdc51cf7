"""The HTML report: the audit as compact data, and the page that contains it.

`html.py` joins the page's parts, which are in `templates/report/`; `tables.py` has the data,
`static.py` the HTML that is there before the script runs, and `models.py` what is needed to
resolve it anew.
"""
