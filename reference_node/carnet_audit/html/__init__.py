"""The audit's report as one HTML file for people (spec/audit.md#report): ``carnet-audit report``.

Everything on the page comes from the JSON report. `carnet_audit.html.page` and `carnet_audit.html.charts` need the
extra ``audit`` (jinja2 and matplotlib); nothing else does.
"""
