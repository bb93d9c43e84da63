"""Reports for the terminal and the paper roll."""

from bartender.report_words import sections
from bartender.services.closing import Report

WIDTH = 46


def printed(report: Report) -> str:
    until = f"closed {report.made_at:%Y-%m-%d %H:%M %Z} by {report.closed_by}" if report.number else "so far"
    lines = [f"{report.name}, {report.date:%A, %Y-%m-%d}", until]
    for title, rows in sections(report.figures):
        lines += ["", title, "-" * WIDTH]
        lines += [f"{row.words:<{WIDTH - 14}}{row.amount:>14}" for row in rows]
    return "\n".join(lines)
